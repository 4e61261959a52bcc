import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsDate, ValidateBy } from 'class-validator';
import { dayMs, instantMs } from './instant.js';

const INSTANT = '$property must be an instant with its offset or Z, such as 2026-11-20T17:00:00Z';
const EDGE = '$property must be a day such as 2026-11-20, or an instant such as 2026-11-20T17:00:00Z';

function isInstant(value: unknown): boolean {
  return typeof value === 'string' && instantMs(value) !== undefined;
}

function isEdge(value: unknown): value is string {
  return typeof value === 'string' && (instantMs(value) ?? dayMs(value)) !== undefined;
}

export function IsInstant(): PropertyDecorator {
  return ValidateBy({
    name: 'isInstant',
    validator: { validate: isInstant, defaultMessage: () => INSTANT },
  });
}

/** Where a list begins or ends: an instant, or a day, which stands for its beginning in UTC. */
export function IsEdge(): PropertyDecorator {
  return ValidateBy({ name: 'isEdge', validator: { validate: isEdge, defaultMessage: () => EDGE } });
}

/** The same, and the handler gets the Date. */
export function AsEdge(): PropertyDecorator {
  return applyDecorators(
    Transform(({ value }: { value: unknown }) => (isEdge(value) ? new Date(value) : value)),
    IsDate({ message: EDGE }),
  );
}
