import type { OwnSourceDefinition } from './own-source.definition.js';
import {
  ANY_TYPE,
  contentKey,
  type ContentIdentity,
  firstTextAt,
  headerOf,
  signedKey,
  textAt,
} from './payload-fields.js';
import type { Clock } from '../clock/clock.js';
import type { RepeatKey } from '../events/inbox/delivery.js';
import { isSignedByOne, SecretMatch } from './secret-match.js';
import { isSigned, missesHeader, signedBytes } from './signed-text.js';
import type {
  EventFacts,
  WebhookPayload,
  Proof,
  UnreadDelivery,
  WebhookRequest,
  WebhookSource,
} from './webhook-source.js';
import { WebhookRefusedError } from './sources.errors.js';

/** A source of the owner's own, proved by a shared secret or by a signature over the body. */
export class OwnSource implements WebhookSource {
  readonly name: string;
  readonly isOpen = false;
  readonly secretHeaders: readonly string[];
  readonly storedHeaders: readonly string[];
  readonly #secrets: SecretMatch;

  constructor(
    private readonly definition: OwnSourceDefinition,
    private readonly clock: Clock,
  ) {
    this.name = definition.name;
    this.secretHeaders = [definition.header];
    const { typeHeader, idHeader, timeHeader } = definition;
    this.storedHeaders = [typeHeader, idHeader, timeHeader].filter((name) => name !== undefined);
    this.#secrets = new SecretMatch(definition.secrets);
  }

  async verify(delivery: UnreadDelivery): Promise<Proof> {
    const { header, timeHeader, prefix } = this.definition;
    const given = headerOf(delivery.headers, header);
    if (given === undefined) throw WebhookRefusedError.missing(header);
    if (timeHeader !== undefined) this.#checkTime(timeHeader, headerOf(delivery.headers, timeHeader));
    if (!given.startsWith(prefix) || !(await this.#isRight(given.slice(prefix.length), delivery)))
      throw WebhookRefusedError.wrong(header);
    return {};
  }

  read({ headers, rawBody }: WebhookRequest, payload: WebhookPayload): EventFacts {
    const { typeHeader, typeField, subjectField, workspaceField } = this.definition;
    const typeFields = typeField === undefined ? ['event_type', 'eventType', 'type'] : [typeField];
    const typeInBody = firstTextAt(payload, typeFields);
    const said = (typeHeader === undefined ? undefined : headerOf(headers, typeHeader)) ?? typeInBody;
    const type = said ?? 'CUSTOM_EVENT';
    const subjectId = textAt(payload, subjectField ?? 'id');
    // Never from a header: a signature is over the body alone.
    const workspaceFields = workspaceField === undefined ? ['workspaceId', 'workspace_id'] : [workspaceField];
    const workspaceId = firstTextAt(payload, workspaceFields);
    const provedType = this.#isProved(typeHeader) ? type : typeInBody;
    return {
      type,
      isTypeInferred: said === null,
      subjectId,
      workspaceId,
      userId: firstTextAt(payload, ['userId', 'user_id']),
      repeatKey: this.#repeatKey({ headers, rawBody }, payload, { workspaceId, type: provedType, subjectId }),
    };
  }

  async #isRight(value: string, { headers, readBody }: UnreadDelivery): Promise<boolean> {
    const { kind, secrets, form, signed } = this.definition;
    if (kind === 'secret') return this.#secrets.has(value);
    if (missesHeader(signed, headers)) return false;
    const bytes = signedBytes(signed, { headers, rawBody: await readBody() });
    return bytes !== undefined && isSignedByOne(secrets, value, { ...form, bytes });
  }

  #checkTime(name: string, text: string | undefined): void {
    if (text === undefined) throw WebhookRefusedError.missing(name);
    const ageSeconds = Math.abs(this.clock.nowMs() / 1000 - Number(text));
    if (!/^\d{1,12}$/.test(text) || ageSeconds > this.definition.toleranceSeconds)
      throw WebhookRefusedError.wrong(name);
  }

  /** Whoever knows a secret may say anything; a signature vouches for what it is of. */
  #isProved(header: string | undefined): boolean {
    return this.definition.kind === 'secret' || isSigned(this.definition.signed, header);
  }

  #repeatKey(
    { headers, rawBody }: WebhookRequest,
    payload: WebhookPayload,
    about: Pick<ContentIdentity, 'workspaceId' | 'type' | 'subjectId'>,
  ): RepeatKey {
    const { idHeader, idField, timeHeader, toleranceSeconds } = this.definition;
    const idInHeader = idHeader === undefined ? undefined : headerOf(headers, idHeader);
    if (idInHeader !== undefined && this.#isProved(idHeader)) return { kind: 'id', id: idInHeader };
    const idInBody = idField === undefined ? null : textAt(payload, idField);
    if (idInBody !== null) return { kind: 'id', id: idInBody };
    if (idInHeader !== undefined) return signedKey(rawBody, idInHeader);
    const atLeastSeconds = timeHeader === undefined ? undefined : 2 * toleranceSeconds;
    return contentKey(payload, { ...about, family: ANY_TYPE, atLeastSeconds });
  }
}
