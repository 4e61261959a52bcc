import { setTimeout as delay } from 'node:timers/promises';
import type { PinoLogger } from 'nestjs-pino';
import type { Clock } from '../../clock/clock.js';
import { Sight } from '../../clock/sight.js';
import type { RunRow } from '../runs/flow-runs.repository.js';
import type { Claim } from './claimed-runs.js';
import type { FlowWorkRepository, HeldTime } from './flow-work.repository.js';

const RETRY_MS = 1_000;

/** A run that this process works on, until it has had its last word. */
export class HeldRun {
  readonly claim: Claim;
  isLost = false;

  constructor(public row: RunRow) {
    this.claim = { runId: row.id, number: row.claims };
  }

  /** It was taken from this process and came straight back: nobody else has touched it, so who began with it goes on. */
  readopt(row: RunRow): boolean {
    if (row.claims !== this.claim.number + 1) return false;
    Object.assign(this, { row, isLost: false });
    this.claim.number = row.claims;
    return true;
  }

  reckon({ worked_ms, worked_since }: HeldTime): void {
    this.row = { ...this.row, worked_ms, worked_since };
  }
}

/**
 * The runs that this process holds. Promises that they stay its own through an outage of the database unless another
 * process has taken them, and that it ends nobody's lease before the others had time to say that they live.
 */
export class FlowLeases {
  readonly #held = new Map<string, HeldRun>();
  #renewal: Promise<boolean> | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #sight: Sight;

  constructor(
    private readonly owner: string,
    private readonly repository: FlowWorkRepository,
    private readonly clock: Clock,
    private readonly options: { seconds: number; log: PinoLogger },
  ) {
    this.#sight = new Sight(this.#renewEveryMs);
  }

  get claims(): Claim[] {
    return [...this.#held.values()].map(({ claim }) => claim);
  }

  find(runId: string): HeldRun | undefined {
    return this.#held.get(runId);
  }

  hold(row: RunRow): HeldRun {
    const held = new HeldRun(row);
    this.#held.set(row.id, held);
    return held;
  }

  drop(runId: string): void {
    this.#held.delete(runId);
  }

  start(): void {
    this.#timer = setInterval(() => void this.renew(), this.#renewEveryMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** The database could not be asked, by this process or perhaps by all: then nobody could renew. */
  lostSight(): void {
    this.#sight.lose();
  }

  /** The database answered. How long it takes until a lease that has ended may be taken at its word. */
  inSight(): number {
    return this.#sight.regain();
  }

  /** Whether the run is still this process's, as soon as the database can say so. */
  async confirm(held: HeldRun, signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      if (await this.renew()) return !held.isLost;
      await delay(RETRY_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
    return false;
  }

  /** Returns whether the database was told. */
  renew(): Promise<boolean> {
    if (this.#held.size === 0) return Promise.resolve(true);
    this.#renewal ??= this.#renewAll().finally(() => (this.#renewal = undefined));
    return this.#renewal;
  }

  get #renewEveryMs(): number {
    return (this.options.seconds * 1000) / 4;
  }

  async #renewAll(): Promise<boolean> {
    const asked = [...this.#held.values()].map((held) => ({ held, number: held.claim.number }));
    try {
      const lease = { seconds: this.options.seconds, now: this.clock.now() };
      const rows = await this.repository.renew(this.owner, this.claims, lease);
      const own = new Map(rows.map((row) => [row.id, row]));
      for (const { held, number } of asked) {
        const time = own.get(held.claim.runId);
        if (time) held.reckon(time);
        else if (held.claim.number === number) held.isLost = true;
      }
      this.inSight();
      return true;
    } catch (err) {
      this.lostSight();
      this.options.log.warn({ err }, 'Leases of flow runs cannot be renewed');
      return false;
    }
  }
}
