import { Injectable } from '@nestjs/common';
import { type Selectable, sql, type Transaction } from 'kysely';
import { Database, type Tables } from '../../storage/database.js';
import { jsonText } from '../../storage/json-text.js';
import type { CataloguePlace, CatalogueWorkspacesTable, Profile } from './catalogue.tables.js';

export type CatalogueWorkspaceRow = Selectable<CatalogueWorkspacesTable>;

export interface WorkspaceChange {
  name?: string;
  profile?: Profile;
  filledAt?: Date;
  changesAt?: Date;
}

/** The workspaces that have a catalogue, by account. */
@Injectable()
export class CatalogueWorkspacesRepository {
  constructor(private readonly db: Database) {}

  find({ account, workspaceId }: CataloguePlace): Promise<CatalogueWorkspaceRow | undefined> {
    return this.db
      .selectFrom('catalogue_workspaces')
      .selectAll()
      .where('account', '=', account)
      .where('workspace_id', '=', workspaceId)
      .executeTakeFirst();
  }

  /** In the order of account and id; all where no workspaces are named. */
  list({
    limit,
    workspaceIds,
    after,
  }: {
    limit: number;
    workspaceIds?: readonly string[] | undefined;
    after?: CataloguePlace | undefined;
  }): Promise<CatalogueWorkspaceRow[]> {
    let query = this.db
      .selectFrom('catalogue_workspaces')
      .selectAll()
      .orderBy('account')
      .orderBy('workspace_id')
      .limit(limit);
    if (workspaceIds !== undefined)
      query = query.where(sql<boolean>`workspace_id = any(${[...workspaceIds]}::text[])`);
    if (after)
      query = query.where(sql<boolean>`(account, workspace_id) > (${after.account}, ${after.workspaceId})`);
    return query.execute();
  }

  /** Those whose names were read before, by when, and of which nothing is read now. */
  async due({
    filledBefore,
    changesBefore,
  }: {
    filledBefore: Date | null;
    changesBefore: Date | null;
  }): Promise<(CataloguePlace & { kind: 'full' | 'changes' })[]> {
    const { rows } = await sql<{ account: string; workspace_id: string; kind: 'full' | 'changes' }>`
      select w.account, w.workspace_id,
        case when w.filled_at < ${filledBefore}::timestamptz then 'full' else 'changes' end as kind
      from clankerbot.catalogue_workspaces w
      where w.filled_at is not null
        and (w.filled_at < ${filledBefore}::timestamptz or w.changes_at < ${changesBefore}::timestamptz)
        and not exists (
          select 1 from clankerbot.catalogue_runs r
          where r.account = w.account and r.workspace_id = w.workspace_id
            and (r.finished_at is null or r.created_at > ${changesBefore ?? filledBefore}::timestamptz)
        )
      order by w.changes_at limit 1000`.execute(this.db);
    return rows.map(({ account, workspace_id: workspaceId, kind }) => ({ account, workspaceId, kind }));
  }

  /** Makes it where it is not there. */
  async change(
    transaction: Transaction<Tables>,
    { account, workspaceId }: CataloguePlace,
    { name, profile, filledAt, changesAt }: WorkspaceChange,
  ): Promise<void> {
    const values = {
      ...(name === undefined ? {} : { name }),
      ...(profile === undefined ? {} : { profile: jsonText(profile) }),
      ...(filledAt === undefined ? {} : { filled_at: filledAt }),
      ...(changesAt === undefined ? {} : { changes_at: changesAt }),
    };
    await transaction
      .insertInto('catalogue_workspaces')
      .values({
        account,
        workspace_id: workspaceId,
        name: null,
        profile: null,
        filled_at: null,
        changes_at: null,
        ...values,
      })
      .onConflict((conflict) => {
        const known = conflict.columns(['account', 'workspace_id']);
        return Object.keys(values).length === 0 ? known.doNothing() : known.doUpdateSet(values);
      })
      .execute();
  }
}
