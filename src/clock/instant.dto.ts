import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsDate, isISO8601, ValidateBy } from 'class-validator';

const SHAPE =
  /^(?!0000)\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-](?:[01]\d|2[0-3]):?[0-5]\d)?)?$/;
const EXAMPLE = 'such as 2026-11-20 or 2026-11-20T17:00:00Z';

/** ISO 8601 has weeks and days of the year that Date cannot read, and Date reads much that is not ISO 8601. */
function isInstant(value: unknown): value is string {
  return typeof value === 'string' && SHAPE.test(value) && isISO8601(value, { strict: true });
}

/** A text that Date can read, within what Postgres can store. */
export function IsInstant(): PropertyDecorator {
  return ValidateBy({
    name: 'isInstant',
    validator: { validate: isInstant, defaultMessage: () => `$property must be an instant ${EXAMPLE}` },
  });
}

/** The same, and the handler gets the Date. */
export function AsInstant(): PropertyDecorator {
  return applyDecorators(
    Transform(({ value }: { value: unknown }) => (isInstant(value) ? new Date(value) : value)),
    IsDate({ message: `$property must be an instant ${EXAMPLE}` }),
  );
}
