import type { Clock } from '../../clock/clock.js';
import { isUnavailable } from '../../storage/storage.errors.js';
import { Batcher } from '../../storage/batcher.js';
import type { NewRun, StepRow } from '../runs/flow-runs.repository.js';
import type { Claim } from './claimed-runs.js';
import type { EffectEntry, JournalEntry, JournalReceipt, RunChange } from './flow-news.js';
import type { FlowWorkRepository } from './flow-work.repository.js';
import { LeaseLost, RunCancelled } from './run-signals.js';
import { PendingSteps, type StepJournal } from './step-journal.js';

type Written = { receipt: JournalReceipt } | { error: unknown };

/** Writes the news of all runs of this process, gathered into few commits. One run's bad news does not spoil the others'. */
export class JournalWriter {
  readonly #batcher: Batcher<JournalEntry, Written>;

  constructor(
    private readonly repository: FlowWorkRepository,
    private readonly owner: string,
    private readonly clock: Clock,
  ) {
    this.#batcher = new Batcher((entries) => this.#writeAll(entries));
  }

  async write(entry: JournalEntry): Promise<JournalReceipt> {
    const written = await this.#batcher.add(entry);
    if ('error' in written) throw written.error;
    if (!written.receipt.isOurs) throw new LeaseLost();
    return written.receipt;
  }

  async #writeAll(entries: readonly JournalEntry[]): Promise<Written[]> {
    try {
      const receipts = await this.repository.journal(this.owner, entries, this.clock.now());
      return receipts.map((receipt) => ({ receipt }));
    } catch (error) {
      if (isUnavailable(error) || entries.length === 1) return entries.map(() => ({ error }));
      const alone: Written[] = [];
      for (const entry of entries) alone.push(...(await this.#writeAll([entry])));
      return alone;
    }
  }
}

/** The journal of one run in the database. What cannot be written because the database is away is kept, and goes first next time. */
export class RunJournal implements StepJournal {
  readonly #steps: PendingSteps;

  constructor(
    private readonly claim: Claim,
    private readonly writer: JournalWriter,
    earlier: readonly StepRow[],
  ) {
    this.#steps = new PendingSteps(earlier);
  }

  find(path: string): StepRow | undefined {
    return this.#steps.find(path);
  }

  note(step: StepRow): void {
    this.#steps.note(step);
  }

  async save(step: StepRow, effects: readonly EffectEntry[] = []): Promise<void> {
    this.#steps.note(step, effects);
    const { isCancelRequested } = await this.#write();
    if (isCancelRequested) throw new RunCancelled();
  }

  /** The last word of this process about the run. */
  async end(change: RunChange, child?: NewRun): Promise<void> {
    await this.#write({ change, ...(child ? { child } : {}) });
  }

  async #write(more: Pick<JournalEntry, 'change' | 'child'> = {}): Promise<JournalReceipt> {
    const news = this.#steps.take();
    try {
      return await this.writer.write({ claim: this.claim, ...news, ...more });
    } catch (error) {
      this.#steps.putBack(news);
      throw error;
    }
  }
}
