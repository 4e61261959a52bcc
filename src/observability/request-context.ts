import type { Request } from 'express';

/** What an API key can be bound to. */
export type Bound = 'workspaces' | 'sources' | 'integrations' | 'operations' | 'flows';

/** By bound, the names or ids that are within it; what is absent is not bound. */
export type Scope = Readonly<Partial<Record<Bound, readonly string[]>>>;

/** Who calls, as the access room found out. */
export interface Caller {
  /** The key's name; `anonymous` where the service is open. */
  name: string;
  role: 'viewer' | 'operator' | 'admin';
  /** The key, among others with the same name; empty for an anonymous caller, who has none. */
  keyId: string;
  /** The key is set to have carried out at once what a model read. */
  trustsModel?: true;
  /** What the key is bound to; absent: nothing. Never of an admin. */
  scope?: Scope;
  /** The key sees what happened and when, but not what was said. Of viewers only. */
  seesNoPayloads?: true;
}

/** What a route needs of the service around it. */
export interface RoutePolicy {
  /** The bucket that its requests are counted in; none for probes alone. */
  rate: 'requests' | 'webhooks' | 'pages' | 'none';
  /** Raw: the route reads its body itself, when it has checked what needs none, and gets the bytes as they came. */
  body: 'parsed' | 'raw';
  /** Beside JSON: for documents that people write by hand. */
  takesYaml: boolean;
  isOpenWhileStarting: boolean;
  /** HTML with scripts and styles of its own, which the policy for answers of an API would forbid. */
  isPage: boolean;
}

/** What the rooms on the way of a request tell each other about it. */
export interface RequestContext {
  requestId: string;
  /** The client's address as TRUST_PROXY permits to know it. */
  clientAddress: string;
  caller?: Caller;
  /** What the HTTP parser found wrong with the body before anybody had asked for it. */
  bodyFault?: Error;
  /** What the route asks of its caller, as its decorator says. */
  accessRule?: Caller['role'] | 'public' | 'webhook';
  /** What the route needs, as its decorator says. */
  policy?: RoutePolicy;
  /**
   * Why the request has no caller, noted before anything is thrown. `foreign`: it needs no key here, but comes from a
   * web page or host name of somebody else; `unchecked`: the database, which knows the key, is away.
   */
  authFailure?: 'missing' | 'wrong' | 'foreign' | 'unchecked';
}

export interface AppRequest extends Request {
  context: RequestContext;
  /** The bytes as they came; kept for webhooks, whose signatures are over bytes. */
  rawBody?: Buffer;
}
