import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { sql, type Transaction } from 'kysely';
import { Database, type Tables } from '../../storage/database.js';
import { InstallationRows } from './installation-rows.js';
import type {
  AddonStatus,
  InstallationKey,
  InstallationRow,
  StoredSettings,
} from './installations.tables.js';

export interface WebhookToken {
  path: string;
  digest: string;
}

export interface NewInstallation extends InstallationKey {
  addonId: string;
  sealedToken: string;
  keyId: string;
  coreUrl: string;
  reportsUrl: string | null;
  /** Undefined where nothing was said of them. */
  settings: StoredSettings | undefined;
  webhookTokens: readonly WebhookToken[];
  at: Date;
}

/** `departed`: its uninstallation has been here already. `superseded`: a later installation has. */
export type InstallOutcome = 'created' | 'updated' | 'departed' | 'superseded';
/** What a delivery is judged by. */
export interface KnownInstallation {
  addonId: string;
  status: AddonStatus;
  webhookTokens: readonly WebhookToken[];
}

export type UninstallOutcome = 'removed' | 'repeated' | 'unknown';

interface Change {
  status?: AddonStatus;
  settings?: StoredSettings;
}

/** Installations of add-ons. Promises that of what arrives at once or in another order the latest installation stands. */
@Injectable()
export class InstallationsRepository {
  constructor(
    private readonly db: Database,
    private readonly rows: InstallationRows,
  ) {
    rows.register({ tables: ['addon_installations', 'addon_webhook_tokens'], remove: removeOwn });
  }

  find({ addon, workspaceId }: InstallationKey): Promise<InstallationRow | undefined> {
    return this.db
      .selectFrom('addon_installations')
      .selectAll()
      .where('addon', '=', addon)
      .where('workspace_id', '=', workspaceId)
      .executeTakeFirst();
  }

  async known({ addon, workspaceId }: InstallationKey): Promise<KnownInstallation | undefined> {
    const { rows } = await sql<KnownInstallation>`
      select i.addon_id as "addonId", i.status, coalesce((
        select json_agg(json_build_object('path', t.path, 'digest', t.digest))
        from clankerbot.addon_webhook_tokens t where t.addon = i.addon and t.workspace_id = i.workspace_id
      ), '[]') as "webhookTokens"
      from clankerbot.addon_installations i
      where i.addon = ${addon} and i.workspace_id = ${workspaceId}`.execute(this.db);
    return rows[0];
  }

  install(installation: NewInstallation): Promise<InstallOutcome> {
    return this.db.transaction().execute(async (transaction) => {
      if (await this.#hasDeparted(transaction, installation)) return 'departed';
      const outcome = await putUnlessLater(transaction, installation);
      if (outcome !== 'superseded') await putWebhookTokens(transaction, installation);
      return outcome;
    });
  }

  /** Without an id of the installation, whichever there is of the workspace is meant. */
  uninstall(key: InstallationKey & { addonId: string | undefined; at: Date }): Promise<UninstallOutcome> {
    return this.db.transaction().execute(async (transaction) => {
      const addonId = key.addonId ?? (await currentId(transaction, key));
      if (addonId === undefined) return 'unknown';
      const isRepeat = await noteDeparture(transaction, { ...key, addonId });
      const isCurrent = (await currentId(transaction, key)) === addonId;
      if (isCurrent) await this.rows.remove(transaction, key);
      if (isCurrent) return 'removed';
      return isRepeat ? 'repeated' : 'unknown';
    });
  }

  /** Whether there is such an installation; without an id, whichever there is of the workspace. */
  async change(
    key: InstallationKey & { addonId: string | undefined; at: Date },
    change: Change,
  ): Promise<boolean> {
    const { status, settings } = change;
    const query = this.db
      .updateTable('addon_installations')
      .set({
        changed_at: key.at,
        ...(status === undefined ? {} : { status }),
        ...(settings === undefined ? {} : { settings: JSON.stringify(settings) }),
      })
      .where('addon', '=', key.addon)
      .where('workspace_id', '=', key.workspaceId);
    const { addonId } = key;
    const found = await (
      addonId === undefined ? query : query.where('addon_id', '=', addonId)
    ).executeTakeFirst();
    return found.numUpdatedRows > 0n;
  }

  async isWebhookToken({ addon, workspaceId, token }: InstallationKey & { token: string }): Promise<boolean> {
    const row = await this.db
      .selectFrom('addon_webhook_tokens')
      .select('path')
      .where('addon', '=', addon)
      .where('workspace_id', '=', workspaceId)
      .where('digest', '=', digestOfToken(token))
      .executeTakeFirst();
    return row !== undefined;
  }

  /** Those whose token another key than this one has sealed. */
  sealedByOthers(keyId: string): Promise<Pick<InstallationRow, 'addon' | 'workspace_id' | 'sealed_token'>[]> {
    return this.db
      .selectFrom('addon_installations')
      .select(['addon', 'workspace_id', 'sealed_token'])
      .where('key_id', '<>', keyId)
      .execute();
  }

  /** The same token under another key. Nothing where the installation has another token by now. */
  async reseal(
    { addon, workspaceId, before }: InstallationKey & { before: string },
    after: { sealedToken: string; keyId: string },
  ): Promise<void> {
    await this.db
      .updateTable('addon_installations')
      .set({ sealed_token: after.sealedToken, key_id: after.keyId })
      .where('addon', '=', addon)
      .where('workspace_id', '=', workspaceId)
      .where('sealed_token', '=', before)
      .execute();
  }

  /** Also the lock that makes whatever comes of one installation wait for each other. */
  async #hasDeparted(transaction: Transaction<Tables>, installation: NewInstallation): Promise<boolean> {
    const { departed_at } = await transaction
      .insertInto('addon_arrivals')
      .values({ digest: digestOf(installation), departed_at: null })
      .onConflict((conflict) =>
        conflict.column('digest').doUpdateSet((eb) => ({ digest: eb.ref('excluded.digest') })),
      )
      .returning('departed_at')
      .executeTakeFirstOrThrow();
    return departed_at !== null;
  }
}

export function digestOfToken(token: string): string {
  return hash('sha256', token, 'base64url');
}

type Identity = InstallationKey & { addonId: string };

function digestOf({ addon, workspaceId, addonId }: Identity): string {
  return hash('sha256', JSON.stringify([addon, workspaceId, addonId]), 'base64url');
}

/** Answers whether it was noted before. */
async function noteDeparture(
  transaction: Transaction<Tables>,
  identity: Identity & { at: Date },
): Promise<boolean> {
  const { departed_at } = await transaction
    .insertInto('addon_arrivals')
    .values({ digest: digestOf(identity), departed_at: identity.at })
    .onConflict((conflict) =>
      conflict.column('digest').doUpdateSet({
        departed_at: sql<Date>`coalesce(addon_arrivals.departed_at, excluded.departed_at)`,
      }),
    )
    .returning('departed_at')
    .executeTakeFirstOrThrow();
  return departed_at?.getTime() !== identity.at.getTime();
}

async function currentId(
  transaction: Transaction<Tables>,
  key: InstallationKey,
): Promise<string | undefined> {
  const row = await transaction
    .selectFrom('addon_installations')
    .select('addon_id')
    .where('addon', '=', key.addon)
    .where('workspace_id', '=', key.workspaceId)
    .executeTakeFirst();
  return row?.addon_id;
}

/** Clockify's ids begin with the second they were made in: the later of two is known without a word about the order. */
const IS_LATER = sql<boolean>`
  excluded.addon_id = addon_installations.addon_id
  or excluded.addon_id !~ '^[0-9a-f]{24}$' or addon_installations.addon_id !~ '^[0-9a-f]{24}$'
  or left(excluded.addon_id, 8) >= left(addon_installations.addon_id, 8)`;

async function putUnlessLater(
  transaction: Transaction<Tables>,
  installation: NewInstallation,
): Promise<'created' | 'updated' | 'superseded'> {
  const { addon, workspaceId, settings, at } = installation;
  const row = await transaction
    .insertInto('addon_installations')
    .values({
      addon,
      workspace_id: workspaceId,
      addon_id: installation.addonId,
      status: 'ACTIVE',
      sealed_token: installation.sealedToken,
      key_id: installation.keyId,
      core_url: installation.coreUrl,
      reports_url: installation.reportsUrl,
      settings: JSON.stringify(settings ?? {}),
      installed_at: at,
      changed_at: at,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['addon', 'workspace_id'])
        .doUpdateSet((eb) => ({
          addon_id: eb.ref('excluded.addon_id'),
          // A repeat does not wake up what was put to sleep since.
          status: sql<AddonStatus>`case when excluded.addon_id = addon_installations.addon_id
            then addon_installations.status else 'ACTIVE' end`,
          sealed_token: eb.ref('excluded.sealed_token'),
          key_id: eb.ref('excluded.key_id'),
          core_url: eb.ref('excluded.core_url'),
          reports_url: eb.ref('excluded.reports_url'),
          ...(settings === undefined ? {} : { settings: eb.ref('excluded.settings') }),
          changed_at: eb.ref('excluded.changed_at'),
        }))
        .where(IS_LATER),
    )
    .returning(sql<boolean>`xmax = 0`.as('isNew'))
    .executeTakeFirst();
  if (row === undefined) return 'superseded';
  return row.isNew ? 'created' : 'updated';
}

async function putWebhookTokens(
  transaction: Transaction<Tables>,
  installation: NewInstallation,
): Promise<void> {
  const { addon, workspaceId, webhookTokens } = installation;
  await transaction
    .deleteFrom('addon_webhook_tokens')
    .where('addon', '=', addon)
    .where('workspace_id', '=', workspaceId)
    .execute();
  if (webhookTokens.length === 0) return;
  await transaction
    .insertInto('addon_webhook_tokens')
    .values(webhookTokens.map((token) => ({ addon, workspace_id: workspaceId, ...token })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

async function removeOwn(
  transaction: Transaction<Tables>,
  { addon, workspaceId }: InstallationKey,
): Promise<void> {
  await transaction
    .deleteFrom('addon_installations')
    .where('addon', '=', addon)
    .where('workspace_id', '=', workspaceId)
    .execute();
}
