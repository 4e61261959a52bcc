import type { Clock } from '../../../clock/clock.js';
import { hideFromNowOn } from '../../../observability/redaction.js';
import type { ExecutionContext, Params } from '../../integration.js';
import { appNotInstalled, installationUnclear } from '../github.errors.js';
import type { GithubCredential } from '../http/github-credential.js';
import type { GithubIdentity } from './github-identity.js';

/** A token of an installation is good for an hour; this long before its end another is had. */
const BEFORE_END_MS = 5 * 60_000;
/** However far this machine's clock is off. */
const SHORTEST_USE_MS = 60_000;
const MOST_REPOSITORIES = 1000;

/** What the App asks GitHub for itself. */
export interface AppCalls {
  /** Undefined where GitHub knows none. */
  installationOf(owner: string, repo: string, context: ExecutionContext): Promise<number | undefined>;
  installations(context: ExecutionContext): Promise<readonly number[]>;
  /** A token of the installation, and how long it is good for. */
  mint(installation: number, context: ExecutionContext): Promise<{ token: string; lifeMs: number }>;
}

interface Minted extends GithubCredential {
  untilMs: number;
}

/**
 * A GitHub App: for each repository a token of the installation that has it. Promises to ask for a token once however
 * many calls wait for it, and that no log shows it.
 */
export class AppIdentity implements GithubIdentity {
  readonly #installations = new Map<string, Promise<number>>();
  readonly #minted = new Map<number, Promise<Minted>>();

  constructor(
    private readonly calls: AppCalls,
    private readonly clock: Clock,
    private readonly fixedInstallation: number | undefined,
  ) {}

  async of(params: Params, context: ExecutionContext): Promise<GithubCredential> {
    const installation = this.fixedInstallation ?? (await this.#installationFor(params, context));
    for (;;) {
      const minting = this.#mintedFor(installation, context);
      const minted = await minting;
      if (minted.untilMs > this.clock.nowMs()) return minted;
      this.#forget(installation, minting);
    }
  }

  refused({ owner }: GithubCredential): boolean {
    return this.#minted.delete(Number(owner.split(' ')[1]));
  }

  #installationFor({ owner, repo }: Params, context: ExecutionContext): Promise<number> {
    if (typeof owner !== 'string' || typeof repo !== 'string') return this.#only(context);
    const name = `${owner}/${repo}`;
    const known = this.#installations.get(name.toLowerCase());
    if (known) return known;
    if (this.#installations.size >= MOST_REPOSITORIES) this.#installations.clear();
    const looking = this.#lookFor(owner, repo, context);
    this.#installations.set(name.toLowerCase(), looking);
    looking.catch(() => this.#installations.delete(name.toLowerCase()));
    return looking;
  }

  async #lookFor(owner: string, repo: string, context: ExecutionContext): Promise<number> {
    const found = await this.calls.installationOf(owner, repo, withoutItsEnd(context));
    if (found === undefined) throw appNotInstalled(`${owner}/${repo}`);
    return found;
  }

  /** For calls that are about no repository. */
  async #only(context: ExecutionContext): Promise<number> {
    const [first, ...others] = await this.calls.installations(context);
    if (first === undefined || others.length > 0) throw installationUnclear();
    return first;
  }

  #mintedFor(installation: number, context: ExecutionContext): Promise<Minted> {
    const known = this.#minted.get(installation);
    if (known) return known;
    const minting = this.#mint(installation, context);
    this.#minted.set(installation, minting);
    minting.catch(() => this.#forget(installation, minting));
    return minting;
  }

  #forget(installation: number, minting: Promise<Minted>): void {
    if (this.#minted.get(installation) === minting) this.#minted.delete(installation);
  }

  async #mint(installation: number, context: ExecutionContext): Promise<Minted> {
    const { token, lifeMs } = await this.calls.mint(installation, withoutItsEnd(context));
    hideFromNowOn([token]);
    return {
      owner: `installation ${installation}`,
      authorization: `Bearer ${token}`,
      untilMs: this.clock.nowMs() + Math.max(lifeMs - BEFORE_END_MS, SHORTEST_USE_MS),
    };
  }
}

/** Others wait for the same: that the first of them gives up is nothing to them. */
function withoutItsEnd({ requestId, priority }: ExecutionContext): ExecutionContext {
  return { requestId, priority };
}
