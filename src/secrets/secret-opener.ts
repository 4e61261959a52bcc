import { Injectable } from '@nestjs/common';
import type { Integration, Params } from '../integrations/integration.js';
import { hideFromNowOn } from '../observability/redaction.js';
import { SecretBox } from '../storage/secret-box.js';
import { DatabaseUnavailableError, isUnavailable } from '../storage/storage.errors.js';
import { SecretHider } from './secret-hider.js';
import { fillPlaces, namesOf, pathText, type SecretPlace } from './secret-place.js';
import { refusalOf } from './secret-rules.js';
import { SecretUses } from './secret-uses.js';
import { SecretUnusableError } from './secrets.errors.js';
import { type SecretRow, SecretsRepository } from './secrets.repository.js';

/** Params, as their author wrote them, and where in them secrets stand. */
export interface SecretiveCall {
  integration: Integration;
  params: Params;
  places: readonly SecretPlace[];
}

export interface OpenedCall {
  /** With the secrets. Not to be kept, shown or logged. */
  params: Params;
  hider: SecretHider;
}

export function contextOf(name: string): string {
  return `secret:${name}`;
}

/**
 * Puts secrets into params at the last moment before these are sent. Promises the newest values there are, that a secret
 * goes nowhere but where its rules let it, and that a failure means that nothing was sent.
 */
@Injectable()
export class SecretOpener {
  constructor(
    private readonly repository: SecretsRepository,
    private readonly box: SecretBox,
    private readonly uses: SecretUses,
  ) {}

  async open(call: SecretiveCall): Promise<OpenedCall> {
    const { params, places } = call;
    const rows = await this.#rowsOf(places);
    const host = refuseForbidden(call, rows);
    const values = new Map([...rows.values()].map((row) => [row.name, this.#open(row)]));
    hideFromNowOn([...values.values()]);
    const filled = fillPlaces(params, places, (name) => values.get(name) ?? '');
    const { integration } = call;
    if (integration.destination && (host === undefined || integration.destination(filled) !== host))
      throw new SecretUnusableError('forbidden', 'The host of a call with a secret must be written out');
    this.uses.note(values.keys());
    return { params: filled, hider: new SecretHider(values) };
  }

  /** Throws what `open` would throw for a secret that is missing or forbidden there. Opens nothing. */
  async check(call: SecretiveCall): Promise<void> {
    if (call.places.length > 0) refuseForbidden(call, await this.#rowsOf(call.places));
  }

  async #rowsOf(places: readonly SecretPlace[]): Promise<ReadonlyMap<string, SecretRow>> {
    const rows = await this.repository.sealed(namesOf(places)).catch((error: unknown) => {
      if (isUnavailable(error)) throw new DatabaseUnavailableError(error);
      throw new SecretUnusableError('internal_error', 'The secrets could not be read', { cause: error });
    });
    const found = new Map(rows.map((row) => [row.name, row]));
    const missing = places.filter(({ name }) => !found.has(name));
    if (missing.length > 0) throw SecretUnusableError.missing(missing.map(named));
    return found;
  }

  #open({ name, sealed }: SecretRow): string {
    try {
      return this.box.open(sealed, contextOf(name));
    } catch (cause) {
      throw SecretUnusableError.sealedOtherwise(name, cause);
    }
  }
}

/** Returns the host that the call leads to. */
function refuseForbidden(
  { integration, params, places }: SecretiveCall,
  rows: ReadonlyMap<string, SecretRow>,
): string | undefined {
  const host = integration.destination?.(params);
  const refused = places.flatMap((place) => {
    const row = rows.get(place.name);
    const why = row && refusalOf(rulesOf(row), { integration, param: String(place.path[0]), host });
    return why === undefined ? [] : [{ ...named(place), why }];
  });
  if (refused.length > 0) throw SecretUnusableError.refused(refused);
  return host;
}

export function rulesOf({
  name,
  allowed_hosts,
  allowed_params,
  allowed_integrations,
}: Pick<SecretRow, 'name' | 'allowed_hosts' | 'allowed_params' | 'allowed_integrations'>) {
  return {
    name,
    allowedHosts: allowed_hosts,
    allowedParams: allowed_params,
    allowedIntegrations: allowed_integrations,
  };
}

function named({ path, name }: SecretPlace): { path: string; name: string } {
  return { path: `params.${pathText(path)}`, name };
}
