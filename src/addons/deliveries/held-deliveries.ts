import { Inject, Injectable } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { Clock } from '../../clock/clock.js';
import { newId } from '../../clock/new-id.js';
import { AppError } from '../../errors/app-error.js';
import { BackgroundTasks } from '../../queue/background-tasks.js';
import { DeliveryReception } from '../../sources/reception/delivery-reception.js';
import type { WebhookRequest } from '../../sources/webhook-source.js';
import type { Addon } from '../addon.js';
import { AddonMetrics } from '../addon-metrics.js';
import { type AddonsConfig, addonsConfig, type AddonSlug } from '../addons.config.js';
import { digestOfToken } from '../installations/installations.repository.js';
import { AddonSources } from './addon.source.js';
import type { SignedDelivery } from './addon-delivery-proof.js';
import { HeldDeliveriesRepository, type HeldDelivery } from './held-deliveries.repository.js';
import { KnownInstallations } from './known-installations.js';

const KEPT_MS = 3_600_000;
const LOOK_EVERY_MS = 15_000;
/** One workspace can have signed deliveries sent without an end, and is no customer of ours yet. */
const MOST_OF_ONE = 1_000;
const KEPT_HEADERS = ['content-type', 'clockify-webhook-event-type', 'x-clockify-event-id', 'user-agent'];

/** What held deliveries are received with once they may be. */
@Injectable()
export class HeldTools {
  constructor(
    readonly repository: HeldDeliveriesRepository,
    readonly installations: KnownInstallations,
    readonly sources: AddonSources,
    readonly reception: DeliveryReception,
  ) {}
}

/**
 * Deliveries whose installation is not known. Promises to keep each for an hour, in which Clockify's word of the
 * installation may still arrive, to receive it then, and to say of one that is dropped why.
 */
@Injectable()
export class HeldDeliveries {
  constructor(
    private readonly tools: HeldTools,
    private readonly clock: Clock,
    private readonly metrics: AddonMetrics,
    tasks: BackgroundTasks,
    @Inject(addonsConfig.token) config: AddonsConfig,
    @InjectPinoLogger('addons') private readonly log: PinoLogger,
  ) {
    if (config.ADDONS.length > 0)
      tasks.add({ name: 'addon-held-deliveries', everyMs: LOOK_EVERY_MS, run: () => this.look() });
  }

  /** Whether there was room for it. */
  async hold(
    addon: Addon,
    {
      path,
      signed,
      request,
      requestId,
    }: { path: string; signed: SignedDelivery; request: WebhookRequest; requestId: string },
  ): Promise<boolean> {
    const { repository } = this.tools;
    const { workspaceId, addonId, token } = signed;
    if ((await repository.count({ addon: addon.slug, workspaceId })) >= MOST_OF_ONE) return false;
    await repository.add({
      id: newId(),
      addon: addon.slug,
      workspace_id: workspaceId,
      addon_id: addonId ?? null,
      path,
      token_digest: digestOfToken(token),
      headers: keptHeaders(request),
      body: request.rawBody.toString('base64'),
      request_id: requestId,
      held_at: this.clock.now(),
    });
    return true;
  }

  async look(): Promise<void> {
    for (const held of await this.tools.repository.installed()) await this.#receive(held);
    const before = new Date(this.clock.nowMs() - KEPT_MS);
    for (const [addon, count] of await this.tools.repository.removeBefore(before)) {
      this.metrics.failed(addon as AddonSlug, 'held_too_long', count);
      this.log.warn(
        { addon, deliveries: count },
        'Deliveries were dropped: nobody installed the add-on within an hour',
      );
    }
  }

  /** Then removed: where the process ends between the two, the inbox knows the second one as a repeat. */
  async #receive(held: HeldDelivery): Promise<void> {
    const { repository, installations, sources, reception } = this.tools;
    const key = { addon: held.addon, workspaceId: held.workspace_id };
    const addon = held.addon as AddonSlug;
    const installation = await installations.find(key);
    if (installation === undefined) return;
    if (installation.status === 'ACTIVE' && installation.hasDigest(held.path, held.token_digest)) {
      const subscription = held.token_digest.slice(0, 16);
      try {
        await reception.receive({
          request: { headers: held.headers, rawBody: Buffer.from(held.body, 'base64') },
          source: sources.get(addon),
          proof: { workspaceId: held.workspace_id, subscription },
          requestId: held.request_id,
          isForsaken: () => false,
        });
        this.metrics.received(addon);
      } catch (error) {
        if (!(error instanceof AppError) || error.status >= 429) throw error;
        this.#drop(held, 'invalid_json');
      }
    } else this.#drop(held, installation.status === 'ACTIVE' ? 'no_installation' : 'inactive');
    await repository.remove(held.id);
  }

  #drop(
    { addon, workspace_id, request_id }: HeldDelivery,
    reason: 'invalid_json' | 'no_installation' | 'inactive',
  ): void {
    this.metrics.failed(addon as AddonSlug, reason);
    this.log.warn({ addon, workspace_id, request_id, reason }, 'A delivery that was held was dropped');
  }
}

function keptHeaders({ headers }: WebhookRequest): Record<string, string> {
  return Object.fromEntries(
    KEPT_HEADERS.flatMap((name) => (typeof headers[name] === 'string' ? [[name, headers[name]]] : [])),
  );
}
