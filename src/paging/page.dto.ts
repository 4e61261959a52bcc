import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, IsOptional, IsString, Matches, Max, MaxLength, Min } from 'class-validator';
import { BAD_CURSOR } from './page.js';

const LARGEST_PAGE = 200;
const LONGEST_CURSOR = 200;
/** Of a list in the order of its ids, the id where the page before ended; empty as a script's first page has it. */
const ID_OR_NOTHING = /^([0-7][0-9A-HJKMNP-TV-Z]{25})?$/;

export function isIdCursor(cursor: string): boolean {
  return cursor !== '' && ID_OR_NOTHING.test(cursor);
}

/** How many a page has. */
export function PageLimit({ default: preset = 50, max = LARGEST_PAGE } = {}): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({ minimum: 1, maximum: max, default: preset, type: 'integer' }),
    Transform(({ value }: { value: unknown }) => asNumber(value)),
    IsOptional(),
    IsInt({ message: `limit must be a whole number from 1 to ${max}` }),
    Min(1),
    Max(max),
  );
}

/** Where a page begins, in a list whose cursors only the list can read: it throws BadCursorError for another's. */
export function OpaqueCursor(
  description = 'The nextCursor of the page before; empty for the first.',
): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({ type: String, description }),
    Transform(({ value }: { value: unknown }) => (value === '' ? undefined : value)),
    IsOptional(),
    IsString({ message: BAD_CURSOR }),
    MaxLength(LONGEST_CURSOR, { message: BAD_CURSOR }),
  );
}

/** Where a page begins, in a list in the order of its ids. */
export function IdCursor(description?: string): PropertyDecorator {
  return applyDecorators(OpaqueCursor(description), Matches(ID_OR_NOTHING, { message: BAD_CURSOR }));
}

/** What every list takes: how many, and where the page before ended. */
export class PageQuery {
  @PageLimit()
  limit: number = 50;

  @IdCursor()
  cursor?: string;
}

/** Digits only: `1e2` and ` 5` are numbers to JavaScript and nothing that a page's size is written as. */
function asNumber(value: unknown): unknown {
  return typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
}
