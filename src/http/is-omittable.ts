import { ValidateIf } from 'class-validator';

/** May be left out; null is not the same and is refused. */
export function IsOmittable(): PropertyDecorator {
  return ValidateIf((_object, value) => value !== undefined);
}
