import { hash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { AddonTokens, workspaceIn } from './addon-tokens.js';
import { firstTextAt, headerOf } from '../payload-fields.js';
import { SecretMatch } from '../secret-match.js';
import type {
  EventFacts,
  WebhookPayload,
  Proof,
  UnreadDelivery,
  WebhookRequest,
  WebhookSource,
} from '../webhook-source.js';
import { type WebhooksConfig, webhooksConfig } from '../sources.config.js';
import { WebhookRefusedError } from '../sources.errors.js';
import { CLOCKIFY_EVENT_TYPES, GUESSED_TYPES, inferClockifyType } from './clockify-events.js';
import { clockifyContentKey } from './clockify-repeats.js';

const SECRET_HEADER = 'x-webhook-secret';
const SIGNATURE_HEADERS = ['clockify-signature', 'clockify-signature-token'] as const;
const TYPE_HEADER = 'clockify-webhook-event-type';
const ID_HEADER = 'x-clockify-event-id';
const SUBJECT_FIELDS = ['id', 'expenseId', 'assignmentId', 'modifiedEntity.id'];
const USER_FIELDS = ['userId', 'user.id', 'owner.userId'];

/** Clockify: a shared secret, the token of a webhook, or a token signed for an add-on; open while none is configured. */
@Injectable()
export class ClockifySource implements WebhookSource {
  readonly name = 'clockify';
  readonly knownTypes = CLOCKIFY_EVENT_TYPES;
  readonly guessedTypes = GUESSED_TYPES;
  readonly secretHeaders = [SECRET_HEADER, ...SIGNATURE_HEADERS, 'x-addon-lifecycle-token', 'x-addon-token'];
  readonly storedHeaders = [TYPE_HEADER, ID_HEADER];
  readonly #secrets: SecretMatch;
  readonly #tokens: SecretMatch;
  readonly #addonKeys: ReadonlySet<string>;

  constructor(
    @Inject(webhooksConfig.token) private readonly config: WebhooksConfig,
    private readonly addonTokens: AddonTokens,
  ) {
    this.#secrets = new SecretMatch(config.WEBHOOK_SHARED_SECRET);
    this.#tokens = new SecretMatch(config.CLOCKIFY_WEBHOOK_TOKENS);
    this.#addonKeys = new Set(config.CLOCKIFY_WEBHOOK_ADDON_KEYS);
  }

  get warnings(): string[] {
    if (this.#addonKeys.size === 0 || this.config.CLOCKIFY_WEBHOOK_WORKSPACES.length > 0) return [];
    return [
      'CLOCKIFY_WEBHOOK_WORKSPACES is not set: deliveries that the signature of an add-on alone proves are refused',
    ];
  }

  get isOpen(): boolean {
    return !this.#secrets.isConfigured && !this.#tokens.isConfigured && this.#addonKeys.size === 0;
  }

  verify({ headers }: UnreadDelivery): Proof | Promise<Proof> {
    if (this.isOpen) return {};
    const secret = headerOf(headers, SECRET_HEADER);
    if (secret !== undefined && this.#secrets.has(secret)) return {};
    const signatures = SIGNATURE_HEADERS.flatMap((name) => headerOf(headers, name) ?? []);
    if (signatures.length === 0) {
      throw secret === undefined
        ? WebhookRefusedError.missing('X-Webhook-Secret or Clockify-Signature')
        : WebhookRefusedError.wrong('X-Webhook-Secret');
    }
    const token = signatures.find((signature) => this.#tokens.has(signature));
    return token === undefined ? this.#verifyAddon(signatures) : pinnedProof(token);
  }

  /** Batches seem to come as lists. One without a type of Clockify's own could be about anything. */
  takesList({ headers }: WebhookRequest): boolean {
    return headerOf(headers, TYPE_HEADER) !== undefined;
  }

  read({ headers }: WebhookRequest, payload: WebhookPayload, proof: Proof): EventFacts {
    const said = headerOf(headers, TYPE_HEADER) ?? firstTextAt(payload, ['eventType', 'event_type']);
    const type = said ?? inferClockifyType(payload);
    const workspaceSaid = firstTextAt(payload, ['workspaceId', 'workspace_id', 'workspace.id']);
    const workspaceId = proof.workspaceId ?? workspaceSaid;
    if (workspaceSaid !== null && workspaceSaid !== workspaceId) throw WebhookRefusedError.foreignWorkspace();
    const subjectId = firstTextAt(payload, SUBJECT_FIELDS);
    const userId = firstTextAt(payload, USER_FIELDS);
    const eventId = headerOf(headers, ID_HEADER);
    const isTypeInferred = said === null;
    const { subscription } = proof;
    return {
      type,
      isTypeInferred,
      subjectId,
      workspaceId,
      userId,
      repeatKey:
        eventId === undefined
          ? clockifyContentKey(payload, {
              type,
              isTypeInferred,
              subjectId,
              workspaceId,
              userId,
              subscription,
            })
          : { kind: 'id', id: eventId },
    };
  }

  admit({ workspaceId }: EventFacts, { isOfAnyWorkspace = false }: Proof): void {
    const { CLOCKIFY_WEBHOOK_WORKSPACES: accepted } = this.config;
    if (accepted.includes('*')) return;
    const isUnjudged = accepted.length === 0 ? !isOfAnyWorkspace : workspaceId === null;
    if (isUnjudged || (workspaceId !== null && accepted.includes(workspaceId))) return;
    throw WebhookRefusedError.unnamedWorkspace();
  }

  async #verifyAddon(signatures: readonly string[]): Promise<Proof> {
    for (const token of this.#addonKeys.size === 0 ? [] : signatures) {
      const claims = await this.addonTokens.verify(token);
      if (!claims || !this.#addonKeys.has(claims.addonKey)) continue;
      const { workspaceId } = claims;
      return { subscription: subscriptionOf(token), workspaceId, isOfAnyWorkspace: true };
    }
    throw WebhookRefusedError.wrong('Clockify-Signature');
  }
}

function subscriptionOf(signature: string): string {
  return hash('sha256', signature, 'base64url').slice(0, 16);
}

function pinnedProof(token: string): Proof {
  const workspaceId = workspaceIn(token);
  const subscription = subscriptionOf(token);
  return workspaceId === undefined ? { subscription } : { subscription, workspaceId };
}
