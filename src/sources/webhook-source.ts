import type { IncomingHttpHeaders } from 'node:http';
import type { RepeatKey } from '../events/inbox/delivery.js';
import type { AppRequest } from '../observability/request-context.js';

/** What a source may judge a delivery by. */
export interface WebhookRequest {
  headers: IncomingHttpHeaders;
  rawBody: Buffer;
}

/** A delivery whose body may still be on the wire. */
export interface UnreadDelivery {
  headers: IncomingHttpHeaders;
  readBody: () => Promise<Buffer>;
}

/** What the credentials of an authentic delivery say beyond that it is authentic. */
export interface Proof {
  /** From a verified claim: weighs more than what the body says. */
  workspaceId?: string;
  /** Anybody who publishes or installs the same add-on has one like it, so that its workspace must be one of ours. */
  isOfAnyWorkspace?: boolean;
  /** Tells subscriptions of one source apart, so that each has its own repeats. */
  subscription?: string;
}

/** What happened, as the source tells it. */
export interface EventFacts {
  type: string;
  isTypeInferred: boolean;
  /** What the event is about, for order and answers. */
  subjectId: string | null;
  workspaceId: string | null;
  userId: string | null;
  repeatKey: RepeatKey;
}

export type JsonObject = Readonly<Record<string, unknown>>;
/** What was delivered: an object, or a list where the source takes lists. */
export type WebhookPayload = JsonObject | readonly unknown[];

/** A handshake that is answered in the source's own way and is no event. */
export interface Handshake {
  challenge: string;
}

/** Whoever sends webhooks here. Promises to judge by bytes and in constant time, and to read any payload. */
export interface WebhookSource {
  readonly name: string;
  /** Whether no credential is configured and the source is then open to those who may use the service without a key. */
  readonly isOpen: boolean;
  /** What an operator should know about its configuration, at start and in readiness. */
  readonly warnings?: readonly string[];
  /** Headers, in lower case, that carry its credentials and must never be stored. */
  readonly secretHeaders: readonly string[];
  /** Headers, in lower case, that tell something about the event and are stored with it. */
  readonly storedHeaders?: readonly string[];
  /** The types its sender documents, so that they can be counted apart; others are stored all the same. */
  readonly knownTypes?: ReadonlySet<string>;
  /** What it calls deliveries whose sender does not say. */
  readonly guessedTypes?: readonly string[];
  /** Throws WebhookRefusedError unless the delivery is authentic. Asks for the body last, and only where it must. */
  verify(delivery: UnreadDelivery): Proof | Promise<Proof>;
  /** Whether a delivery may be a list; absent: never. */
  takesList?(request: WebhookRequest): boolean;
  handshake?(payload: WebhookPayload): Handshake | undefined;
  read(request: WebhookRequest, payload: WebhookPayload, proof: Proof): EventFacts;
  /** Throws WebhookRefusedError where this is not wanted here, however well it is proved. Not a failed authentication. */
  admit?(facts: EventFacts, proof: Proof): void;
}

export interface WebhookRequestContext extends AppRequest {
  webhook?: { source: WebhookSource; proof: Proof };
}
