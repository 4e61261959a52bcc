import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database } from '../../storage/database.js';

interface WebhookVolumesTable {
  source: string;
  /** A day in UTC, as `2026-11-30`. */
  day: string;
  bytes: string;
}

declare module '../../storage/database.js' {
  interface Tables {
    webhook_volumes: WebhookVolumesTable;
  }
}

const KEPT_DAYS = 7;

/** How much each source has stored, told by all replicas together. */
@Injectable()
export class WebhookVolumesRepository {
  constructor(private readonly db: Database) {}

  /** Adds to a source's day and answers what all replicas have added to it. */
  async add({ source, day, bytes }: { source: string; day: string; bytes: number }): Promise<number> {
    const { rows } = await sql<{ bytes: string }>`
      insert into clankerbot.webhook_volumes as v (source, day, bytes) values (${source}, ${day}, ${bytes})
      on conflict (source, day) do update set bytes = v.bytes + excluded.bytes
      returning bytes`.execute(this.db);
    return Number(rows[0]?.bytes ?? 0);
  }

  /** Forgets the days that nobody asks for any more. */
  async removeBefore(day: string): Promise<void> {
    await sql`delete from clankerbot.webhook_volumes where day < ${day}::date - ${KEPT_DAYS}::integer`.execute(
      this.db,
    );
  }
}
