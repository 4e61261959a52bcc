import { sql, type Transaction } from 'kysely';
import { getConstructionPlans } from 'pg-boss';
import type { Tables } from '../storage/database.js';
import { QUEUE_SCHEMA } from './jobs.repository.js';

/** pg-boss wraps its script in a transaction of its own, which would end the caller's. */
const WRAPPED = /^\s*BEGIN;([\s\S]*)COMMIT;\s*$/;

/** Makes the job queue's tables, without any queue, if and only if the caller's transaction commits. */
export async function installQueueTables(trx: Transaction<Tables>): Promise<void> {
  const script = WRAPPED.exec(getConstructionPlans(QUEUE_SCHEMA))?.[1];
  if (script === undefined) throw new Error('pg-boss makes its tables otherwise than expected');
  await sql.raw(script).execute(trx);
}
