import { Inject, Injectable } from '@nestjs/common';
import type { Counter } from 'prom-client';
import { Metrics } from '../observability/metrics.js';
import { Statements } from '../storage/statements.js';
import { Addons } from './addons.js';
import type { AddonSlug } from './addons.config.js';

/** Why a delivery did not become an event. A closed set: nothing that a sender says becomes a label. */
export const DELIVERY_ERRORS = ['invalid_json', 'no_installation', 'inactive', 'held_too_long'] as const;
export type DeliveryError = (typeof DELIVERY_ERRORS)[number];
export const LIFECYCLE_STEPS = ['installed', 'uninstalled', 'settings_updated', 'status_changed'] as const;
export type LifecycleStep = (typeof LIFECYCLE_STEPS)[number];

const ANSWER_MS = 1_000;

/** What add-ons count, by the names that dashboards for their predecessors ask for. Absent where there is no add-on. */
@Injectable()
export class AddonMetrics {
  readonly #received: Counter<'addon'> | undefined;
  readonly #errors: Counter<'addon' | 'reason'> | undefined;
  readonly #steps = new Map<LifecycleStep, Counter<'addon'>>();

  constructor(
    metrics: Metrics,
    @Inject(Addons) addons: Pick<Addons, 'all'>,
    @Inject(Statements) statements: Pick<Statements, 'query'>,
  ) {
    if (addons.all.length === 0) return;
    metrics.gauge('addon_uptime_seconds', 'Since this process started.', {
      collect: (gauge) => gauge.set(process.uptime()),
    });
    metrics.gauge('addon_healthcheck_database_status', '1 while the database answers, else 0.', {
      collect: async (gauge) => gauge.set((await isAnswering(statements)) ? 1 : 0),
    });
    this.#received = metrics.counter('webhooks_received_total', 'Deliveries of add-ons that became events.', [
      'addon',
    ]);
    this.#errors = metrics.counter(
      'webhooks_errors_total',
      'Deliveries of add-ons that did not, by the reason.',
      ['addon', 'reason'],
    );
    for (const step of LIFECYCLE_STEPS)
      this.#steps.set(
        step,
        metrics.counter(`lifecycle_${step}_total`, `Calls that told of it: ${step}.`, ['addon']),
      );
    // Else the first could not be seen as one more.
    for (const { slug: addon } of addons.all) {
      this.#received.inc({ addon }, 0);
      for (const reason of DELIVERY_ERRORS) this.#errors.inc({ addon, reason }, 0);
      for (const counter of this.#steps.values()) counter.inc({ addon }, 0);
    }
  }

  received(addon: AddonSlug): void {
    this.#received?.inc({ addon });
  }

  failed(addon: AddonSlug, reason: DeliveryError, count = 1): void {
    this.#errors?.inc({ addon, reason }, count);
  }

  told(addon: AddonSlug, step: LifecycleStep): void {
    this.#steps.get(step)?.inc({ addon });
  }
}

/** In time for a scrape: an alert asks for 0, and nothing at all would not be 0. */
async function isAnswering(statements: Pick<Statements, 'query'>): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => late.resolve(false), ANSWER_MS);
  const answer = statements.query('select 1').then(
    () => true,
    () => false,
  );
  return Promise.race([answer, late.promise]).finally(() => clearTimeout(timer));
}
