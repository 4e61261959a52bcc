import { type RawBuilder, sql } from 'kysely';

/** Whether a column has one of these values; true where any will do, false where it has none. */
export function isAnyOf(
  column: RawBuilder<unknown>,
  values: readonly string[] | undefined,
): RawBuilder<boolean> {
  if (values === undefined) return sql<boolean>`true`;
  return sql<boolean>`coalesce(${column} = any(${[...values]}::text[]), false)`;
}
