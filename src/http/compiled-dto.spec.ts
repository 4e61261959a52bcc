import { plainToInstance, Type } from 'class-transformer';
import {
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Max,
  Min,
  ValidateIf,
  ValidateNested,
  validateSync,
} from 'class-validator';
import fc from 'fast-check';
import { compileDto } from './compiled-dto.js';
import { cases } from '../../test/support/properties.js';

class FlatDto {
  @IsString()
  @Length(1, 5)
  name!: string;

  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(9)
  count?: number;

  @IsOptional()
  @IsArray()
  @IsIn(['a', 'b'], { each: true })
  letters?: string[];

  @IsOptional()
  @IsObject()
  params?: Record<string, unknown>;

  @ValidateIf((dto: FlatDto) => dto.count === 1)
  @IsBoolean()
  flag?: boolean;
}

class ChildDto {
  @IsString()
  name!: string;
}

class NestedDto {
  @ValidateNested()
  @Type(() => ChildDto)
  child!: ChildDto;
}

class ConvertedDto {
  @Type(() => Number)
  @IsInt()
  count!: number;
}

/** What class-validator says, as the pipe asks it. */
function reference(value: object): { isValid: boolean; instance: object } {
  const instance = plainToInstance(FlatDto, value);
  const errors = validateSync(instance, {
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
  });
  return { isValid: errors.length === 0, instance };
}

const anyOf = (...values: unknown[]) => fc.constantFrom(...values);
const body = fc.record(
  {
    name: anyOf('', 'a', 'abcde', 'abcdef', 1, null, undefined, ['a']),
    count: anyOf(0, 1, 9, 10, -1, 1.5, '1', null, undefined, Number.NaN),
    letters: anyOf([], ['a'], ['a', 'b'], ['c'], 'a', null, undefined, { 0: 'a' }),
    params: anyOf({}, { deep: { er: [1] } }, [], 'x', null, undefined),
    flag: anyOf(true, false, 'true', null, undefined),
    other: anyOf(1),
  },
  { requiredKeys: [] },
);

describe('a compiled DTO', () => {
  const compiled = compileDto(FlatDto);

  it('accepts exactly what class-validator accepts, as an equal instance', () => {
    fc.assert(
      fc.property(body, (value) => {
        const { isValid, instance } = reference(structuredClone(value));
        const fast = compiled?.(value);
        expect({ fast, type: fast?.constructor }).toEqual(
          isValid ? { fast: instance, type: FlatDto } : { fast: undefined, type: undefined },
        );
      }),
      cases(3000),
    );
  });

  it.each([[[]], ['text'], [null], [undefined], [new Date()]])(
    'does not accept %p, which is no plain object',
    (value) => {
      expect(compiled?.(value)).toBeUndefined();
    },
  );

  it('is not made for what needs class-transformer or nested validation', () => {
    expect(compileDto(NestedDto)).toBeUndefined();
    expect(compileDto(ConvertedDto)).toBeUndefined();
    expect(compileDto(class Empty {})).toBeUndefined();
  });
});
