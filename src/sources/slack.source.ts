import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { contentKey, firstTextAt, headerOf, textAt } from './payload-fields.js';
import { isSignedByOne } from './secret-match.js';
import type {
  EventFacts,
  Handshake,
  WebhookPayload,
  Proof,
  UnreadDelivery,
  WebhookRequest,
  WebhookSource,
} from './webhook-source.js';
import { type WebhooksConfig, webhooksConfig } from './sources.config.js';
import { WebhookRefusedError } from './sources.errors.js';

const WINDOW_SECONDS = 300;
const FORM = { algorithm: 'sha256', encoding: 'hex' } as const;

/** Slack's Events API: a signature over time and body, valid for five minutes. */
@Injectable()
export class SlackSource implements WebhookSource {
  readonly name = 'slack';
  readonly isOpen = false;
  readonly storedHeaders = ['x-slack-request-timestamp', 'x-slack-retry-num', 'x-slack-retry-reason'];
  readonly secretHeaders = ['x-slack-signature'];

  constructor(
    @Inject(webhooksConfig.token) private readonly config: WebhooksConfig,
    private readonly clock: Clock,
  ) {}

  async verify({ headers, readBody }: UnreadDelivery): Promise<Proof> {
    const secrets = this.config.SLACK_SIGNING_SECRET;
    if (secrets.length === 0) throw WebhookRefusedError.notConfigured('Slack', 'SLACK_SIGNING_SECRET');
    const signature = headerOf(headers, 'x-slack-signature');
    const timestamp = headerOf(headers, 'x-slack-request-timestamp');
    if (signature === undefined || timestamp === undefined)
      throw WebhookRefusedError.missing('X-Slack-Signature and X-Slack-Request-Timestamp');
    const ageSeconds = Math.abs(this.clock.nowMs() / 1000 - Number(timestamp));
    if (!/^\d{1,12}$/.test(timestamp) || ageSeconds > WINDOW_SECONDS)
      throw WebhookRefusedError.wrong('X-Slack-Request-Timestamp');
    const isSigned =
      signature.startsWith('v0=') &&
      isSignedByOne(secrets, signature.slice(3), { ...FORM, bytes: [`v0:${timestamp}:`, await readBody()] });
    if (!isSigned) throw WebhookRefusedError.wrong('X-Slack-Signature');
    return {};
  }

  handshake(payload: WebhookPayload): Handshake | undefined {
    const challenge = textAt(payload, 'type') === 'url_verification' ? textAt(payload, 'challenge') : null;
    return challenge === null ? undefined : { challenge };
  }

  read(_request: WebhookRequest, payload: WebhookPayload): EventFacts {
    const workspaceId = firstTextAt(payload, ['team_id', 'team.id']);
    const type = firstTextAt(payload, ['event.type', 'type']) ?? 'UNKNOWN';
    const subjectId = firstTextAt(payload, [
      'event.channel',
      'event.item.channel',
      'event.channel_id',
      'event.user',
    ]);
    const eventId = textAt(payload, 'event_id');
    return {
      type,
      isTypeInferred: false,
      subjectId,
      workspaceId,
      userId: firstTextAt(payload, ['event.user', 'event.user.id']),
      repeatKey:
        eventId === null
          ? contentKey(payload, { workspaceId, type, subjectId: null, atLeastSeconds: 2 * WINDOW_SECONDS })
          : { kind: 'id', id: eventId },
    };
  }
}
