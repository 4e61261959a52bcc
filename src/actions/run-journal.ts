import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import type { SendPermit } from '../integrations/send-permit.js';
import { Batcher } from '../storage/batcher.js';
import { isUnavailable } from '../storage/storage.errors.js';
import { outsideWorkspace } from '../storage/workspace.js';
import { ActionRunsRepository } from './action-runs.repository.js';
import { LateOutcomes } from './late-outcomes.js';
import { RENEW_AGAIN_MS, RENEW_EVERY_MS, RunLease } from './run-lease.js';
import type { RunRecord } from './run-record.js';

/**
 * Keeps the journal of this process's runs. Promises that a begun run is on record before `begin` resolves, that its
 * lease is renewed until its outcome is on record, and that an outcome which the database could not take is written as
 * soon as it can. It writes nothing over a row that somebody else has ended.
 */
@Injectable()
export class RunJournal implements OnModuleInit, BeforeApplicationShutdown, OnApplicationShutdown {
  readonly #batcher = new Batcher<RunRecord, void>(async (runs) => {
    await this.#save(runs);
    return runs.map(() => undefined);
  });
  /** Of the runs that are on record, or are about to be, and whose outcome is not. */
  readonly #leases = new Map<string, RunLease>();
  /** On record perhaps, but never sent. */
  readonly #unsent = new Set<string>();
  /** Ended by somebody else, as saving their outcome has shown. */
  readonly #taken = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #dueMs = Infinity;
  #renewing: Promise<void> | undefined;
  #writing: Promise<void> | undefined;
  #isCutOff = false;
  #isStopped = false;

  constructor(
    @Inject(ActionRunsRepository) private readonly repository: ActionRunsRepository,
    private readonly late: LateOutcomes,
    @InjectPinoLogger('actions') private readonly log: PinoLogger,
  ) {}

  onModuleInit(): void {
    this.#beatLater();
  }

  /** Not the end yet: requests that are still being answered keep their leases. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.beat();
  }

  onApplicationShutdown(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  /** Puts the run on record by `write`, or else sees to it that no record of it stays. */
  async begin<T>(run: RunRecord, write: () => Promise<T>): Promise<T> {
    this.#leases.set(run.id, new RunLease(() => this.#renew()));
    try {
      return await write();
    } catch (error) {
      // The commit may have gone through and only its confirmation been lost; nothing was sent all the same.
      this.#forget(run);
      throw error;
    }
  }

  /** For `begin`: a row without a key. */
  insert(run: RunRecord): Promise<void> {
    return this.#extending(run, () => this.#batcher.add(run));
  }

  /** For `begin`: answers whether the key is the run's now. */
  claim(run: RunRecord): Promise<boolean> {
    return this.#extending(run, () => this.repository.claim(run));
  }

  /** Says what a run that was begun unread is; answers false where it was given up for dead meanwhile. */
  describe(run: RunRecord): Promise<boolean> {
    return this.#extending(run, () => this.repository.describe(run));
  }

  /** The run was never on record: another has its key. */
  yielded(run: RunRecord): void {
    this.#leases.delete(run.id);
  }

  permitOf({ id }: RunRecord): SendPermit | undefined {
    return this.#leases.get(id);
  }

  /** Whether the row is this process's and its end not on record yet, so that its lease says nothing of it. */
  holds(id: string): boolean {
    return this.#leases.has(id);
  }

  /**
   * What has happened has happened: an outcome that cannot be written now is kept and the caller answered. Answers
   * false where somebody else has ended the run before.
   */
  async finish(run: RunRecord): Promise<boolean> {
    try {
      await this.#batcher.add(run);
    } catch (error) {
      this.log.warn({ err: error, run_id: run.id }, 'The outcome of a run could not be written');
      if (isUnavailable(error) && this.late.add(run)) this.#beatLater(RENEW_AGAIN_MS);
      else this.#leases.delete(run.id);
      return true;
    }
    this.#leases.delete(run.id);
    return !this.#taken.delete(run.id);
  }

  /** Takes a run off the record that came to nothing before anything was called. */
  async abandon(run: RunRecord): Promise<void> {
    this.#forget(run);
    await this.#removeUnsent().catch((error: unknown) => {
      this.log.warn({ err: error, run_id: run.id }, 'A run that came to nothing stays on record for now');
    });
  }

  /** Renews the leases of what runs here and writes what is late. Public for tests. */
  async beat(): Promise<void> {
    await Promise.all([this.#renew(), this.#writeLate()]);
  }

  /** A statement that answers false has written nothing: a lease counted from it would be found missing, and so lost. */
  async #extending<T>({ id }: RunRecord, write: () => Promise<T>): Promise<T> {
    const sentAtMs = performance.now();
    const answer = await write();
    if (answer !== false) this.#leases.get(id)?.extend(sentAtMs);
    return answer;
  }

  async #save(runs: readonly RunRecord[], how?: { afresh: boolean }): Promise<void> {
    const taken = new Set(await this.repository.save(runs, how));
    if (taken.size === 0) return;
    for (const run of runs.filter(({ id }) => taken.has(id))) {
      this.#leases.get(run.id)?.lose();
      this.#taken.add(run.id);
      this.late.keep(run);
    }
    this.#beatLater(0);
  }

  #writeLate(): Promise<void> {
    this.#writing ??= outsideWorkspace(() => this.#writeLateNow())
      .catch((error: unknown) =>
        this.log.warn(
          { err: error, late: this.late.size },
          'Late outcomes could not be written; trying again',
        ),
      )
      .finally(() => (this.#writing = undefined));
    return this.#writing;
  }

  async #writeLateNow(): Promise<void> {
    await this.#removeUnsent();
    await this.late.write(async (runs) => {
      await this.#save(runs, { afresh: true });
      for (const { id } of runs) {
        this.#leases.delete(id);
        this.#taken.delete(id);
      }
    });
  }

  #forget(run: RunRecord): void {
    this.#leases.delete(run.id);
    this.#unsent.add(run.id);
  }

  async #removeUnsent(): Promise<void> {
    if (this.#unsent.size === 0) return;
    const ids = [...this.#unsent];
    await outsideWorkspace(() => this.repository.remove(ids));
    for (const id of ids) this.#unsent.delete(id);
  }

  /** Never rejects: what could not be renewed is not held. */
  #renew(): Promise<void> {
    this.#renewing ??= outsideWorkspace(() => this.#renewNow()).finally(() => (this.#renewing = undefined));
    return this.#renewing;
  }

  async #renewNow(): Promise<void> {
    const onRecord = [...this.#leases].filter(([, lease]) => lease.isOnRecord);
    if (onRecord.length === 0) return;
    const sentAtMs = performance.now();
    try {
      const ids = onRecord.map(([id]) => id);
      const renewed = new Set(await this.repository.renewLeases(ids, { afresh: this.#isCutOff }));
      for (const [id, lease] of onRecord) {
        if (renewed.has(id)) lease.extend(sentAtMs);
        else lease.lose();
      }
      this.#isCutOff = false;
    } catch (error) {
      this.#isCutOff = true;
      this.log.warn({ err: error, runs: onRecord.length }, 'Runs could not be renewed; trying again');
    }
  }

  /** A renewal does not wait for late outcomes: those may hang on a dead connection. */
  #beatLater(afterMs = RENEW_EVERY_MS): void {
    const dueMs = performance.now() + afterMs;
    if (this.#isStopped || dueMs >= this.#dueMs) return;
    clearTimeout(this.#timer);
    this.#dueMs = dueMs;
    this.#timer = setTimeout(() => {
      this.#dueMs = Infinity;
      void this.#writeLate();
      void this.#renew().finally(() => {
        this.#beatLater(this.#isCutOff || this.late.size > 0 ? RENEW_AGAIN_MS : RENEW_EVERY_MS);
      });
    }, afterMs).unref();
  }
}
