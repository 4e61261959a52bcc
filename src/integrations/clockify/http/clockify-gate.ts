import { Injectable } from '@nestjs/common';
import type { Counter, Histogram } from 'prom-client';
import { Clock } from '../../../clock/clock.js';
import { Metrics } from '../../../observability/metrics.js';
import type { PermitRequest } from '../../budget/request-budget.js';
import { CircuitBreaker } from '../../circuit-breaker.js';
import { IntegrationError } from '../../integration-error.js';
import type { AccountContext, ClockifyAccount } from '../account/clockify-account.js';
import { ClockifyAccounts } from '../account/clockify-accounts.js';
import { PerAccount } from '../account/per-account.js';
import { ClockifyBudget } from './clockify-budget.js';
import { TransportFailure, type UpstreamResponse } from './clockify-transport.js';
import { ComplaintLog } from './complaint-log.js';
import type { Host } from '../operations/operation-index.js';
import type { OutgoingRequest } from './request-builder.js';

const HOSTS = ['core', 'reports', 'audit'] as const satisfies readonly Host[];
const BUCKETS_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20];

/** Where every request to Clockify passes: a circuit breaker per host, the request budget, the clock, the log. */
@Injectable()
export class ClockifyGate {
  readonly #breakers: PerAccount<Readonly<Record<Host, CircuitBreaker>>>;
  readonly #duration: Histogram<'host' | 'outcome'>;
  readonly #budgetRefusals: Counter;

  constructor(
    private readonly budget: ClockifyBudget,
    accounts: ClockifyAccounts,
    clock: Clock,
    metrics: Metrics,
    private readonly complaints: ComplaintLog,
  ) {
    this.#breakers = new PerAccount(() => ({
      core: new CircuitBreaker(clock),
      reports: new CircuitBreaker(clock),
      audit: new CircuitBreaker(clock),
    }));
    this.#duration = metrics.histogram(
      'clockify_request_duration_seconds',
      'Time of one request to Clockify, by how it ended.',
      { labelNames: ['host', 'outcome'], buckets: BUCKETS_SECONDS },
    );
    this.#budgetRefusals = metrics.counter(
      'clockify_budget_refusals_total',
      'Calls given up before they were sent, because the request budget was used up.',
    );
    metrics.gauge(
      'clockify_breaker_open',
      'Accounts for which calls to the host are paused because it fails.',
      {
        labelNames: ['host'],
        collect: (gauge) => {
          const all = accounts.inUse().map((account) => this.#breakers.of(account));
          for (const host of HOSTS)
            gauge.set({ host }, all.filter((breakers) => breakers[host].isOpen).length);
        },
      },
    );
  }

  async through(
    request: OutgoingRequest,
    { account, priority, signal, requestId }: AccountContext,
    exchange: () => Promise<UpstreamResponse>,
  ): Promise<UpstreamResponse> {
    const { host } = request.operation;
    const breaker = this.#breakers.of(account)[host];
    const waitMs = breaker.waitMs();
    if (waitMs > 0) throw pausedError(waitMs);
    await this.#takePermit(account, { priority, signal });
    const startedMs = performance.now();
    const observe = (outcome: string): void =>
      this.#duration.observe({ host, outcome }, (performance.now() - startedMs) / 1000);
    try {
      const response = await exchange();
      if (response.status >= 500) breaker.failed();
      else breaker.succeeded();
      observe(outcomeOf(response.status));
      if (response.status < 300) return response;
      const shownMessage = this.complaints.write(request, response, { account, requestId });
      return shownMessage === undefined ? response : { ...response, shownMessage };
    } catch (error) {
      if (error instanceof TransportFailure) {
        if (error.kind === 'timeout' || error.kind === 'connection') breaker.failed();
        observe(error.kind);
      }
      throw error;
    }
  }

  async #takePermit(account: ClockifyAccount, request: PermitRequest): Promise<void> {
    try {
      await this.budget.take(account, request);
    } catch (error) {
      if (request.signal?.aborted) throw new TransportFailure('cancelled', false, error);
      this.#budgetRefusals.inc();
      throw error;
    }
  }
}

function pausedError(waitMs: number): IntegrationError {
  return new IntegrationError('upstream_error', 'Clockify is not working; calls are paused for a moment', {
    retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)),
  });
}

function outcomeOf(status: number): string {
  if (status < 300) return 'success';
  if (status === 429) return 'rate_limited';
  return status < 500 ? 'refused' : 'failed';
}
