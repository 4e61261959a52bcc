import type { Migration } from 'kysely/migration';

/** Every migration there is, in order. A name is never changed or reused; a released one is never edited. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {};
