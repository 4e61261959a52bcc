import type { GithubCredential } from '../http/github-credential.js';
import type { ExecutionContext, Params } from '../../integration.js';

/** As whom GitHub is called. */
export interface GithubIdentity {
  of(params: Params, context: ExecutionContext): Promise<GithubCredential>;
  /** GitHub does not accept it any more. Whether another may be had. */
  refused(credential: GithubCredential): boolean;
}

/** A personal access token: one credential for everything. */
export class TokenIdentity implements GithubIdentity {
  readonly #credential: GithubCredential;

  constructor(token: string) {
    this.#credential = { owner: 'token', authorization: `Bearer ${token}` };
  }

  async of(): Promise<GithubCredential> {
    return this.#credential;
  }

  refused(): boolean {
    return false;
  }
}
