import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database } from '../../storage/database.js';
import { keyOfId, keyOfWorkspacesId } from './event-row.js';
import { firstIdAt } from '../event-time.js';

export interface Lookalike {
  source: string;
  type: string;
  payload: unknown;
  /** Received at about this time. */
  at: Date;
}

interface SendersIds {
  source: string;
  workspaceId: string;
  ids: readonly string[];
}

/** Longer than a sender waits for an answer; much longer, and a thing that changes back and forth looks the same. */
const ABOUT_MS = 30_000;

/** What is known already, for those who fetch what may have been missed. */
@Injectable()
export class EventLookup {
  constructor(private readonly db: Database) {}

  /** Those of a sender's ids under which no event has been stored. */
  async unknownIds({ source, workspaceId, ids }: SendersIds): Promise<string[]> {
    if (ids.length === 0) return [];
    const keysOf = (id: string) => [keyOfId(source, id), keyOfWorkspacesId({ source, workspaceId, id })];
    const rows = await this.db
      .selectFrom('event_keys')
      .select('key')
      .where('key', 'in', ids.flatMap(keysOf))
      .where(sql<boolean>`coalesce(workspace_id, '') in ('', ${workspaceId})`)
      .execute();
    const known = new Set(rows.map((row) => row.key));
    return ids.filter((id) => !keysOf(id).some((key) => known.has(key)));
  }

  /** Whether the same content arrived in the ordinary way, though its sender believes that it did not. */
  async hasArrived({ source, type, payload, at }: Lookalike): Promise<boolean> {
    const row = await this.db
      .selectFrom('events')
      .select('id')
      .where('id', '>=', firstIdAt(at.getTime() - ABOUT_MS))
      .where('id', '<', firstIdAt(at.getTime() + ABOUT_MS))
      .where('source', '=', source)
      .where('type', '=', type)
      .where(sql<boolean>`payload = ${JSON.stringify(payload)}::jsonb`)
      .limit(1)
      .executeTakeFirst();
    return row !== undefined;
  }

  /** Whether it is this process's turn at something that all replicas would do at the same time. */
  async takeTurn(name: string, seconds: number): Promise<boolean> {
    const { rows } = await sql`
      insert into clankerbot.event_keys as k (key, fingerprint, event_id, expires_at)
      values (${`turn:${name}`}, '', '', now() + make_interval(secs => ${seconds}))
      on conflict (key) do update set expires_at = excluded.expires_at where k.expires_at <= now()
      returning key`.execute(this.db);
    return rows.length > 0;
  }
}
