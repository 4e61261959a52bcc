import { Injectable } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { Clock } from '../clock/clock.js';
import { hideFromNowOn } from '../observability/redaction.js';
import { BadCursorError, type Page, pageOf, type PageRequest } from '../paging/page.js';
import { currentWorkspace } from '../storage/workspace.js';
import { SecretBox } from '../storage/secret-box.js';
import { SecretDestinations } from './secret-destinations.js';
import { contextOf, rulesOf } from './secret-opener.js';
import { SECRET_NAME } from './secret-place.js';
import type { SecretRules } from './secret-rules.js';
import { type SecretView, SecretViews } from './secret-views.js';
import {
  SecretInUseError,
  SecretInvalidError,
  SecretNotFoundError,
  TooManySecretsError,
} from './secrets.errors.js';
import { SecretsRepository } from './secrets.repository.js';

/** Whoever saves a flow is told at once what is wrong with its secrets, so all of them are looked at together. */
const SECRETS_MAX = 500;
const LARGEST_BYTES = 8192;

export interface SecretInput {
  value: string;
  description?: string | undefined;
  allowedHosts?: readonly string[] | undefined;
  allowedParams?: readonly string[] | undefined;
  allowedIntegrations?: readonly string[] | undefined;
}

/** The secrets by name. Promises that a value that was set is answered to nobody. */
@Injectable()
export class SecretsService {
  constructor(
    private readonly repository: SecretsRepository,
    private readonly box: SecretBox,
    private readonly destinations: SecretDestinations,
    private readonly views: SecretViews,
    private readonly clock: Clock,
    @InjectPinoLogger('secrets') private readonly log: PinoLogger,
  ) {}

  /** Fields that are not given stay as they are; the value has to be, as whoever may send it elsewhere may know it. */
  async put(name: string, input: SecretInput, by: string): Promise<SecretView> {
    if (!SECRET_NAME.test(name))
      throw new SecretInvalidError(
        'name',
        'must be lower-case letters, digits and underscores, a letter first, at most 64',
      );
    hideFromNowOn([input.value]);
    if (Buffer.byteLength(input.value) > LARGEST_BYTES)
      throw new SecretInvalidError('value', `must have at most ${LARGEST_BYTES} bytes`);
    const before = await this.repository.find(name);
    if (!before && (await this.repository.count()) >= SECRETS_MAX) throw new TooManySecretsError(SECRETS_MAX);
    const rules = this.destinations.read(input, before && rulesOf(before));
    const { box: sealed, keyId } = this.box.seal(input.value, contextOf(name));
    const at = this.clock.now();
    const row = await this.repository.put({
      name,
      description: input.description ?? before?.description ?? null,
      sealed,
      key_id: keyId,
      allowed_hosts: [...rules.allowedHosts],
      allowed_params: [...rules.allowedParams],
      allowed_integrations: [...rules.allowedIntegrations],
      created_by: by,
      created_at: at,
      updated_by: by,
      updated_at: at,
    });
    this.log.info({ secret: name, version: row.version, by }, 'A secret was set');
    return (await this.views.maker())(row);
  }

  /** In the order of their names. */
  async list({ limit, cursor }: PageRequest): Promise<Page<SecretView>> {
    const rows = await this.repository.list({ limit: limit + 1, afterName: nameIn(cursor) });
    const view = await this.views.maker();
    return pageOf(rows, {
      limit,
      view,
      cursorOf: ({ name }) => CURSOR + name,
    });
  }

  async get(name: string): Promise<SecretView> {
    const row = await this.repository.find(name);
    if (!row) throw new SecretNotFoundError();
    return (await this.views.maker())(row);
  }

  async delete(name: string, { by, isForced }: { by: string; isForced: boolean }): Promise<void> {
    const { usedBy, usedByCount } = await this.get(name);
    if (usedByCount > 0 && !isForced) throw new SecretInUseError(usedBy, usedByCount);
    if (!(await this.repository.delete(name))) throw new SecretNotFoundError();
    this.log.info({ secret: name, by }, 'A secret was deleted');
  }

  /** The rules of all secrets, to hold a document against. They are the operator's: for a workspace there are none. */
  async rules(): Promise<ReadonlyMap<string, SecretRules>> {
    if (currentWorkspace() !== undefined) return new Map();
    const rows = await this.repository.list({ limit: SECRETS_MAX * 2 });
    return new Map(rows.map((row) => [row.name, rulesOf(row)]));
  }
}

/** Where a page ended, in a form that nobody takes for a name. */
const CURSOR = 'name.';

function nameIn(cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined;
  const name = cursor.slice(CURSOR.length);
  if (!cursor.startsWith(CURSOR) || !SECRET_NAME.test(name)) throw new BadCursorError();
  return name;
}
