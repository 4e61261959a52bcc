import { Injectable } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import { SecretMatch } from '../../sources/secret-match.js';
import { InstallationsRepository, type WebhookToken } from '../installations/installations.repository.js';
import type { AddonStatus, InstallationKey } from '../installations/installations.tables.js';

/** What is known of an installation, ready to judge deliveries by. */
export interface JudgedInstallation {
  addonId: string;
  status: AddonStatus;
  /** Whether this is a token of its webhooks: of the path, where that has one of its own. */
  hasToken(path: string, token: string): boolean;
  /** The same by the digest of the token. */
  hasDigest(path: string, digest: string): boolean;
}

/** What another replica has changed is used for no longer than this. */
const KEPT_MS = 2_000;
const KEPT_MAX = 10_000;

/** Installations as deliveries need them, asked for once in a while. One that is not there is asked for each time. */
@Injectable()
export class KnownInstallations {
  readonly #known = new Map<string, { installation: JudgedInstallation; untilMs: number }>();

  constructor(
    private readonly repository: InstallationsRepository,
    private readonly clock: Clock,
  ) {}

  async find(key: InstallationKey): Promise<JudgedInstallation | undefined> {
    const name = nameOf(key);
    const known = this.#known.get(name);
    if (known && this.clock.nowMs() < known.untilMs) return known.installation;
    this.#known.delete(name);
    const row = await this.repository.known(key);
    if (row === undefined) return undefined;
    const { addonId, status, webhookTokens } = row;
    const installation = { addonId, status, ...matchersOf(webhookTokens) };
    if (this.#known.size >= KEPT_MAX) this.#known.clear();
    this.#known.set(name, { installation, untilMs: this.clock.nowMs() + KEPT_MS });
    return installation;
  }

  /** To be called when it has changed or is gone. */
  forget(key: InstallationKey): void {
    this.#known.delete(nameOf(key));
  }
}

function nameOf({ addon, workspaceId }: InstallationKey): string {
  return JSON.stringify([addon, workspaceId]);
}

function matchersOf(tokens: readonly WebhookToken[]): Pick<JudgedInstallation, 'hasToken' | 'hasDigest'> {
  const groups = Map.groupBy(tokens, ({ path }) => path);
  const all = matchOf(tokens);
  const byPath = new Map([...groups].map(([path, some]) => [path, matchOf(some)]));
  return {
    hasToken: (path, token) => (byPath.get(path) ?? all).has(token),
    hasDigest: (path, digest) => (groups.get(path) ?? tokens).some((token) => token.digest === digest),
  };
}

function matchOf(tokens: readonly WebhookToken[]): SecretMatch {
  return new SecretMatch(tokens.map(({ digest }) => Buffer.from(digest, 'base64url')));
}
