import { type ArgumentMetadata, Injectable, type Type, ValidationPipe } from '@nestjs/common';
import { getMetadataStorage, type ValidationError } from 'class-validator';
import { AppError } from '../errors/app-error.js';
import { quoted } from '../errors/quoted.js';
import { compileDto, type FastPath } from './compiled-dto.js';
import type { Fault } from '../errors/fault.js';

/** An answer that lists more helps nobody. */
const MOST_FAULTS = 100;

/**
 * class-validator at the edge: unknown fields are refused, every fault is listed with its path. Valid input to a flat
 * DTO takes a compiled way past class-validator, which costs more than the rest of a small request.
 */
@Injectable()
export class AppValidationPipe extends ValidationPipe {
  readonly #compiled = new Map<Type<object>, FastPath | undefined>();
  readonly #fields = new Map<Type<object>, ReadonlySet<string>>();

  constructor() {
    super({
      whitelist: true,
      forbidNonWhitelisted: true,
      forbidUnknownValues: true,
      transform: true,
      exceptionFactory: (errors) => refusal(errors.flatMap((e) => faultsOf(e))),
    });
  }

  override transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    const dto = metadata.metatype as Type<object> | undefined;
    if (dto === undefined || metadata.type === 'custom' || !this.toValidate(metadata)) {
      return value as Promise<unknown>; // A value is fine where Nest awaits it, and cheaper than a promise.
    }
    const input = metadata.type === 'body' && value === undefined ? {} : value;
    const fast = this.#fastPath(dto)?.(input);
    if (fast) return fast as Promise<unknown>;
    if (metadata.type === 'body' && (typeof input !== 'object' || input === null || Array.isArray(input))) {
      throw new AppError('validation_error', 'The body must be a JSON object');
    }
    const unknown = this.#unknownFields(dto, input);
    return unknown.length === 0
      ? super.transform(input, metadata)
      : this.#refuse(unknown, input as object, metadata);
  }

  /** Asked here: class-transformer drops some names, such as `constructor`, and class-validator takes others for known. */
  #unknownFields(dto: Type<object>, input: unknown): string[] {
    if (typeof input !== 'object' || input === null) return [];
    const known = this.#fields.get(dto) ?? fieldsOf(dto);
    this.#fields.set(dto, known);
    return Object.keys(input).filter((name) => !known.has(name));
  }

  async #refuse(unknown: readonly string[], input: object, metadata: ArgumentMetadata): Promise<never> {
    const faults = unknown
      .slice(0, MOST_FAULTS)
      .map(quoted)
      .map((path) => ({ path, message: `property ${path} should not exist` }));
    const rest = Object.fromEntries(Object.entries(input).filter(([name]) => !unknown.includes(name)));
    try {
      await super.transform(rest, metadata);
    } catch (error) {
      if (error instanceof AppError) faults.push(...(error.details as Fault[]));
      else throw error;
    }
    throw refusal(faults);
  }

  #fastPath(dto: Type<object>): FastPath | undefined {
    if (!this.#compiled.has(dto)) this.#compiled.set(dto, compileDto(dto));
    return this.#compiled.get(dto);
  }
}

function refusal(faults: readonly Fault[]): AppError {
  return new AppError('validation_error', 'The request is not valid', {
    details: faults.slice(0, MOST_FAULTS),
  });
}

function fieldsOf(dto: Type<object>): ReadonlySet<string> {
  const metadata = getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false);
  return new Set(metadata.map(({ propertyName }) => propertyName));
}

function faultsOf(error: ValidationError, parent = ''): Fault[] {
  const path = parent === '' ? error.property : `${parent}.${error.property}`;
  const own = Object.values(error.constraints ?? {}).map((message) => ({ path, message }));
  return [...own, ...(error.children ?? []).flatMap((child) => faultsOf(child, path))];
}
