import { Inject, Injectable } from '@nestjs/common';
import { firstTextAt, headerOf, signedKey, textAt } from './payload-fields.js';
import { isSignedByOne } from './secret-match.js';
import type {
  EventFacts,
  WebhookPayload,
  Proof,
  UnreadDelivery,
  WebhookRequest,
  WebhookSource,
} from './webhook-source.js';
import { type WebhooksConfig, webhooksConfig } from './sources.config.js';
import { WebhookRefusedError } from './sources.errors.js';

const PREFIX = 'sha256=';
const FORM = { algorithm: 'sha256', encoding: 'hex' } as const;

/** GitHub: a signature over the body, never optional. It leaves out the headers: the body alone
 * says what is a repeat. GitHub gives each body a delivery id of its own, so another body under a known id is refused. */
@Injectable()
export class GithubSource implements WebhookSource {
  readonly name = 'github';
  readonly isOpen = false;
  readonly storedHeaders = [
    'x-github-event',
    'x-github-delivery',
    'x-github-hook-id',
    'x-github-hook-installation-target-id',
    'x-github-hook-installation-target-type',
  ];
  readonly secretHeaders = ['x-hub-signature', 'x-hub-signature-256'];

  constructor(@Inject(webhooksConfig.token) private readonly config: WebhooksConfig) {}

  async verify({ headers, readBody }: UnreadDelivery): Promise<Proof> {
    const secrets = this.config.GITHUB_WEBHOOK_SECRET;
    if (secrets.length === 0) throw WebhookRefusedError.notConfigured('GitHub', 'GITHUB_WEBHOOK_SECRET');
    const signature = headerOf(headers, 'x-hub-signature-256');
    if (signature === undefined) throw WebhookRefusedError.missing('X-Hub-Signature-256');
    const isSigned =
      signature.startsWith(PREFIX) &&
      isSignedByOne(secrets, signature.slice(PREFIX.length), { ...FORM, bytes: [await readBody()] });
    if (!isSigned) throw WebhookRefusedError.wrong('X-Hub-Signature-256');
    return {};
  }

  read({ headers, rawBody }: WebhookRequest, payload: WebhookPayload): EventFacts {
    const event = headerOf(headers, 'x-github-event');
    const action = textAt(payload, 'action');
    const workspaceId = firstTextAt(payload, ['organization.login', 'repository.owner.login']);
    const type = [event ?? 'unknown', ...(action === null ? [] : [action])].join('.');
    const subjectId = subjectOf(payload);
    return {
      type,
      isTypeInferred: event === undefined,
      subjectId,
      workspaceId,
      userId: textAt(payload, 'sender.login'),
      repeatKey: { ...signedKey(rawBody, headerOf(headers, 'x-github-delivery')), isIdUnique: true },
    };
  }
}

function subjectOf(payload: WebhookPayload): string | null {
  const repository = textAt(payload, 'repository.full_name');
  const number = firstTextAt(payload, ['issue.number', 'pull_request.number', 'number']);
  if (repository === null) return null;
  return number === null ? repository : `${repository}#${number}`;
}
