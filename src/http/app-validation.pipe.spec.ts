import { Type } from 'class-transformer';
import { IsInt, IsObject, IsOptional, IsString } from 'class-validator';
import { AppError } from '../errors/app-error.js';
import { AppValidationPipe } from './app-validation.pipe.js';
import type { Fault } from '../errors/fault.js';

class FlatDto {
  @IsOptional()
  @IsString()
  name?: string;

  @IsOptional()
  @IsObject()
  params?: Record<string, unknown>;
}

class ConvertedDto {
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  limit?: number;
}

describe('the validation of input', () => {
  const pipe = new AppValidationPipe();
  const check = async (input: unknown, metatype: typeof FlatDto | typeof ConvertedDto): Promise<unknown> =>
    pipe.transform(input, { type: 'query', metatype });

  it.each([
    'other',
    'constructor',
    '__proto__',
    'prototype',
    'toString',
    'hasOwnProperty',
    'valueOf',
    '__defineGetter__',
  ])('refuses the unknown field %s, and says which it is', async (name) => {
    for (const dto of [FlatDto, ConvertedDto]) {
      const input = JSON.parse(`{"${name}":"2"}`) as object;
      for (const given of [input, Object.setPrototypeOf(JSON.parse(`{"${name}":"2"}`), null) as object]) {
        const error = await check(given, dto).catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(AppError);
        expect(error).toMatchObject({
          code: 'validation_error',
          details: [{ path: name, message: `property ${name} should not exist` }],
        });
      }
    }
  });

  it('says nothing against such names within a field that may hold anything', async () => {
    const params = { constructor: 1, toString: 'x', prototype: {} };
    expect(await check({ params }, FlatDto)).toEqual({ params });
  });

  it('lists unknown fields of every kind together with what else is wrong', async () => {
    const error = await check({ name: 1, other: 1, constructor: 1 }, FlatDto).catch((thrown) => thrown);
    const paths = ((error as AppError).details as Fault[]).map(({ path }) => path);
    expect(paths.sort()).toEqual(['constructor', 'name', 'other']);
  });
});
