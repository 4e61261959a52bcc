import { Injectable } from '@nestjs/common';
import type { JSONColumnType, Selectable } from 'kysely';
import { Database } from '../../storage/database.js';
import { InstallationRows } from '../installations/installation-rows.js';
import type { InstallationKey } from '../installations/installations.tables.js';

interface AddonHeldDeliveriesTable {
  id: string;
  addon: string;
  workspace_id: string;
  addon_id: string | null;
  path: string;
  token_digest: string;
  headers: JSONColumnType<Record<string, string>>;
  /** In base64, since it may be anything. */
  body: string;
  request_id: string;
  held_at: Date;
}

declare module '../../storage/database.js' {
  interface Tables {
    addon_held_deliveries: AddonHeldDeliveriesTable;
  }
}

export type HeldDelivery = Selectable<AddonHeldDeliveriesTable>;

const MOST_AT_ONCE = 500;

@Injectable()
export class HeldDeliveriesRepository {
  constructor(
    private readonly db: Database,
    rows: InstallationRows,
  ) {
    rows.register({
      tables: ['addon_held_deliveries'],
      remove: async (transaction, { addon, workspaceId }) => {
        await transaction
          .deleteFrom('addon_held_deliveries')
          .where('addon', '=', addon)
          .where('workspace_id', '=', workspaceId)
          .execute();
      },
    });
  }

  async add({ headers, ...held }: HeldDelivery): Promise<void> {
    await this.db
      .insertInto('addon_held_deliveries')
      .values({ ...held, headers: JSON.stringify(headers) })
      .execute();
  }

  async count({ addon, workspaceId }: InstallationKey): Promise<number> {
    const { count } = await this.db
      .selectFrom('addon_held_deliveries')
      .select((eb) => eb.fn.countAll().as('count'))
      .where('addon', '=', addon)
      .where('workspace_id', '=', workspaceId)
      .executeTakeFirstOrThrow();
    return Number(count);
  }

  /** Those whose installation has arrived, oldest first. */
  installed(): Promise<HeldDelivery[]> {
    return this.db
      .selectFrom('addon_held_deliveries as held')
      .innerJoin('addon_installations as installation', (join) =>
        join
          .onRef('installation.addon', '=', 'held.addon')
          .onRef('installation.workspace_id', '=', 'held.workspace_id'),
      )
      .where((eb) =>
        eb.or([eb('held.addon_id', 'is', null), eb('held.addon_id', '=', eb.ref('installation.addon_id'))]),
      )
      .selectAll('held')
      .orderBy('held.id')
      .limit(MOST_AT_ONCE)
      .execute();
  }

  async remove(id: string): Promise<void> {
    await this.db.deleteFrom('addon_held_deliveries').where('id', '=', id).execute();
  }

  /** Answers how many, by add-on. */
  async removeBefore(time: Date): Promise<Map<string, number>> {
    const gone = await this.db
      .deleteFrom('addon_held_deliveries')
      .where('held_at', '<', time)
      .returning('addon')
      .execute();
    const groups = Map.groupBy(gone, ({ addon }) => addon);
    return new Map([...groups].map(([addon, rows]) => [addon, rows.length]));
  }
}
