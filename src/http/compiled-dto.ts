import type { Type } from '@nestjs/common';
import { TransformationType } from 'class-transformer';
import { defaultMetadataStorage } from 'class-transformer/cjs/storage.js';
import { getMetadataStorage, type ValidationTypes } from 'class-validator';

/** A value that certainly satisfies the DTO, as an instance of it; undefined where only class-validator can say. */
export type FastPath = (value: unknown) => object | undefined;

type Metadata = ReturnType<ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']>[number];
type Condition = (object: object, value: unknown) => boolean;
type Check = (value: unknown, object: object) => boolean;

const CUSTOM: (typeof ValidationTypes)['CUSTOM_VALIDATION'] = 'customValidation';
const CONDITIONAL: (typeof ValidationTypes)['CONDITIONAL_VALIDATION'] = 'conditionalValidation';
const WHITELIST: (typeof ValidationTypes)['WHITELIST'] = 'whitelistValidation';

/**
 * Compiles a flat DTO's decorators into direct calls of the same constraints, for the common case of a valid body.
 * Promises to accept only what class-validator would accept unchanged; undefined for a DTO that needs more than that
 * (nested or grouped validation, class-transformer decorators, asynchronous constraints).
 */
export function compileDto(dto: Type<object>): FastPath | undefined {
  const metadata = getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false);
  if (metadata.length === 0 || isTransformed(dto, metadata)) return undefined;
  const checks = new Map<string, Check>();
  for (const [property, group] of Map.groupBy(metadata, (m) => m.propertyName)) {
    const check = compileProperty(property, group);
    if (!check) return undefined;
    checks.set(property, check);
  }
  return (value) =>
    isPlainObject(value) && passes(value, checks) ? Object.assign(new dto(), value) : undefined;
}

function passes(value: Readonly<Record<string, unknown>>, checks: ReadonlyMap<string, Check>): boolean {
  for (const key in value) if (!checks.has(key)) return false;
  for (const [property, check] of checks) if (!check(value[property], value)) return false;
  return true;
}

function isTransformed(dto: Type<object>, metadata: readonly Metadata[]): boolean {
  const storage = defaultMetadataStorage;
  if (storage.getExposedMetadatas(dto).length > 0 || storage.getExcludedMetadatas(dto).length > 0)
    return true;
  return metadata.some(
    ({ propertyName }) =>
      storage.findTypeMetadata(dto, propertyName) !== undefined ||
      storage.findTransformMetadatas(dto, propertyName, TransformationType.PLAIN_TO_CLASS).length > 0,
  );
}

function compileProperty(property: string, group: readonly Metadata[]): Check | undefined {
  const conditions = group.filter((m) => m.type === CONDITIONAL);
  const constraints = group.filter((m) => m.type === CUSTOM);
  const others = group.filter((m) => m.type !== CONDITIONAL && m.type !== CUSTOM && m.type !== WHITELIST);
  if (others.length > 0) return undefined;
  const checks = constraints.map((m) => compileConstraint(property, m));
  if (checks.includes(undefined)) return undefined;
  return (value, object) => {
    const isChecked = conditions.every((m) => (m.constraints[0] as Condition)(object, value));
    return !isChecked || checks.every((check) => check?.(value, object));
  };
}

function compileConstraint(property: string, metadata: Metadata): Check | undefined {
  const found = getMetadataStorage().getTargetValidatorConstraints(metadata.constraintCls);
  if (metadata.validateIf || found.length === 0 || found.some((f) => f.async)) return undefined;
  const isValid = (value: unknown, object: object): boolean =>
    found.every(
      (f) =>
        f.instance.validate(value, {
          value,
          object,
          property,
          constraints: metadata.constraints,
          targetName: (metadata.target as { name?: string }).name ?? '',
        }) === true,
    );
  if (!metadata.each) return isValid;
  return (value, object) => Array.isArray(value) && value.every((item) => isValid(item, object));
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
