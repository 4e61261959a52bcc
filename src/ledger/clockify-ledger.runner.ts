import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import type { Counter } from 'prom-client';
import { EventLookup } from '../events/inbox/event-lookup.js';
import { ClockifyIntegration } from '../integrations/clockify/clockify.integration.js';
import { Metrics } from '../observability/metrics.js';
import { BackgroundTasks } from '../queue/background-tasks.js';
import { type WebhooksConfig, webhooksConfig } from '../sources/sources.config.js';
import { ClockifyLedgerService } from './clockify-ledger.service.js';

const HOUR_MS = 3_600_000;
/** Replicas that start together share one look at the ledger. */
const TURN_SECONDS = 60;

/** Looks into the ledger on start and hourly, where CLOCKIFY_LEDGER_WORKSPACES and credentials say so. */
@Injectable()
export class ClockifyLedgerRunner implements OnModuleInit {
  readonly #healed: Counter<never>;

  constructor(
    @Inject(webhooksConfig.token) private readonly config: WebhooksConfig,
    private readonly clockify: ClockifyIntegration,
    private readonly ledger: ClockifyLedgerService,
    private readonly lookup: EventLookup,
    private readonly tasks: BackgroundTasks,
    metrics: Metrics,
    @InjectPinoLogger('webhooks') private readonly log: PinoLogger,
  ) {
    this.#healed = metrics.counter('events_healed_total', "Events fetched from Clockify's delivery ledger.");
  }

  onModuleInit(): void {
    if (this.config.CLOCKIFY_LEDGER_WORKSPACES.length === 0) return;
    if (!this.clockify.isConfigured) {
      this.log.warn(
        'CLOCKIFY_LEDGER_WORKSPACES is set, but no Clockify credentials: the ledger is not looked at',
      );
      return;
    }
    this.tasks.add({ name: 'clockify-ledger', everyMs: HOUR_MS, run: (signal) => this.#healAll(signal) });
  }

  /** Those that fail do not hold up the others, and the task has failed with them. */
  async #healAll(signal: AbortSignal): Promise<void> {
    const failures: unknown[] = [];
    for (const workspace of this.config.CLOCKIFY_LEDGER_WORKSPACES) {
      try {
        if (!(await this.lookup.takeTurn(`ledger:${workspace}`, TURN_SECONDS))) continue;
        const events = await this.ledger.heal(workspace, signal);
        this.#healed.inc(events);
        if (events > 0)
          this.log.info({ workspace, events }, "Fetched missed deliveries from Clockify's ledger");
      } catch (err) {
        if (signal.aborted) return;
        this.log.warn({ err, workspace }, "Clockify's ledger cannot be read; the next attempt is in an hour");
        failures.push(err);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'Some ledgers could not be read');
  }
}
