import { type ArgumentMetadata, Injectable, type Type, ValidationPipe } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { AppError } from '../errors/app-error.js';
import { compileDto, type FastPath } from './compiled-dto.js';

/** One thing that is wrong with the input, by its path. */
export interface Fault {
  path: string;
  message: string;
}

/**
 * class-validator at the edge: unknown fields are refused, every fault is listed with its path. Valid input to a flat
 * DTO takes a compiled way past class-validator, which costs more than the rest of a small request.
 */
@Injectable()
export class AppValidationPipe extends ValidationPipe {
  readonly #compiled = new Map<Type<object>, FastPath | undefined>();

  constructor() {
    super({
      whitelist: true,
      forbidNonWhitelisted: true,
      forbidUnknownValues: true,
      transform: true,
      exceptionFactory: (errors) =>
        new AppError('validation_error', 'The request is not valid', {
          details: errors.flatMap((e) => faultsOf(e)),
        }),
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
    return super.transform(input, metadata);
  }

  #fastPath(dto: Type<object>): FastPath | undefined {
    if (!this.#compiled.has(dto)) this.#compiled.set(dto, compileDto(dto));
    return this.#compiled.get(dto);
  }
}

function faultsOf(error: ValidationError, parent = ''): Fault[] {
  const path = parent === '' ? error.property : `${parent}.${error.property}`;
  const own = Object.values(error.constraints ?? {}).map((message) => ({ path, message }));
  return [...own, ...(error.children ?? []).flatMap((child) => faultsOf(child, path))];
}
