import type { OwnSourceDefinition } from '../own-source.definition.js';
import { ANY_TYPE, contentKey, firstTextAt, headerOf, textAt } from '../payload-fields.js';
import { isSignedByOne, SecretMatch } from '../secret-match.js';
import type { EventFacts, WebhookPayload, Proof, WebhookRequest, WebhookSource } from '../webhook-source.js';
import { WebhookRefusedError } from '../webhooks.errors.js';

/** A source of the owner's own, proved by a shared secret or by a signature over the body. */
export class OwnSource implements WebhookSource {
  readonly name: string;
  readonly isOpen = false;
  readonly secretHeaders: readonly string[];
  readonly #secrets: SecretMatch;

  constructor(private readonly definition: OwnSourceDefinition) {
    this.name = definition.name;
    this.secretHeaders = [definition.header];
    this.#secrets = new SecretMatch(definition.secrets);
  }

  verify({ headers, rawBody }: WebhookRequest): Proof {
    const { header, kind, prefix, secrets, form } = this.definition;
    const given = headerOf(headers, header);
    if (given === undefined) throw WebhookRefusedError.missing(header);
    const hasPrefix = given.startsWith(prefix);
    const value = given.slice(prefix.length);
    const isAuthentic =
      hasPrefix &&
      (kind === 'secret'
        ? this.#secrets.has(value)
        : isSignedByOne(secrets, value, { ...form, bytes: [rawBody] }));
    if (!isAuthentic) throw WebhookRefusedError.wrong(header);
    return {};
  }

  read({ headers }: WebhookRequest, payload: WebhookPayload): EventFacts {
    const { typeHeader, typeField, idHeader, idField, subjectField, workspaceField } = this.definition;
    const typeFields = typeField === undefined ? ['event_type', 'eventType', 'type'] : [typeField];
    const said =
      (typeHeader === undefined ? undefined : headerOf(headers, typeHeader)) ??
      firstTextAt(payload, typeFields);
    const type = said ?? 'CUSTOM_EVENT';
    const subjectId = textAt(payload, subjectField ?? 'id');
    // Never from a header: a signature is over the body alone.
    const workspaceFields = workspaceField === undefined ? ['workspaceId', 'workspace_id'] : [workspaceField];
    const workspaceId = firstTextAt(payload, workspaceFields);
    const id =
      (idHeader === undefined ? undefined : headerOf(headers, idHeader)) ??
      (idField === undefined ? null : textAt(payload, idField));
    return {
      type,
      isTypeInferred: said === null,
      subjectId,
      workspaceId,
      userId: firstTextAt(payload, ['userId', 'user_id']),
      repeatKey:
        id === null
          ? contentKey(payload, { workspaceId, type, subjectId, family: ANY_TYPE })
          : { kind: 'id', id },
    };
  }
}
