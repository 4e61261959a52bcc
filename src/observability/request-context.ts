import type { Request } from 'express';

/** Who calls, as the access room found out. */
export interface Caller {
  /** The key's name; `anonymous` where the service is open. */
  name: string;
  role: 'viewer' | 'operator' | 'admin';
  /** Counts this caller's requests apart from others with the same name. */
  keyId: string;
}

/** What the rooms on the way of a request tell each other about it. */
export interface RequestContext {
  requestId: string;
  /** The client's address as TRUST_PROXY permits to know it. */
  clientAddress: string;
  caller?: Caller;
  /** Why the credentials that came with the request are refused; set before anything is thrown. */
  authFailure?: 'missing' | 'wrong';
}

export interface AppRequest extends Request {
  context: RequestContext;
  /** The bytes as they came; kept for webhooks, whose signatures are over bytes. */
  rawBody?: Buffer;
}
