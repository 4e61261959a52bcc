import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { Transaction } from 'kysely';
import { Clock } from '../clock/clock.js';
import { BackgroundTasks } from '../queue/background-tasks.js';
import type { Tables } from '../storage/database.js';
import { fingerprintOf } from './fingerprint.js';
import { type IdempotencyConfig, idempotencyConfig } from './idempotency.config.js';
import { IdempotencyKeyError } from './idempotency.errors.js';
import { type KeptAnswer, StoredAnswersRepository } from './stored-answers.repository.js';
import type { Answer } from './stored-answers.tables.js';

const HOUR_MS = 3_600_000;
const BATCH = 1000;
/** Stands in the answer's place until the last part is done. */
const UNFINISHED = 'unfinishedParts';

export interface KeyedRequest {
  /** Undefined where the request may be repeated as often as it comes. Keys of different callers never meet. */
  key: string | undefined;
  /** What is asked for. */
  request: unknown;
}

export interface Answered<A = Answer> {
  answer: A;
  isReplay: boolean;
}

/** Does something within a transaction, once what can fail by itself has been done. */
type Make<A> = (transaction: Transaction<Tables>) => Promise<A>;

/** Does the next part of something; `progress` is what the part before has handed on, undefined for the first. */
export type Part<P extends Answer> = (
  progress: P | undefined,
  transaction: Transaction<Tables>,
) => Promise<{ progress: P; isLast: boolean }>;

/**
 * One effect per Idempotency-Key, whichever replicas the requests come to: the key is claimed, the effect made and its
 * answer kept in one transaction, and whoever asks again is given that answer.
 */
@Injectable()
export class StoredAnswers implements OnModuleInit {
  constructor(
    private readonly answers: StoredAnswersRepository,
    private readonly clock: Clock,
    @Inject(idempotencyConfig.token) private readonly config: IdempotencyConfig,
    private readonly tasks: BackgroundTasks,
  ) {}

  onModuleInit(): void {
    this.tasks.add({
      name: 'stored-answers',
      everyMs: HOUR_MS,
      firstAfterMs: HOUR_MS,
      run: () => this.sweep(),
    });
  }

  /** `prepare` is not asked where an answer is there: what it would check may not hold any more. */
  async once<A extends object = Answer>(
    { key, request }: KeyedRequest,
    prepare: () => Promise<Make<A>>,
  ): Promise<Answered<A>> {
    if (key === undefined)
      return { answer: await this.answers.transaction(await prepare()), isReplay: false };
    const fingerprint = fingerprintOf(request);
    const earlier = await this.#find<A>(key, fingerprint);
    if (earlier) return earlier;
    const make = await prepare();
    const answer = await this.answers.transaction(async (transaction) => {
      if (!(await this.#claim(key, fingerprint, transaction))) return undefined;
      const made = await make(transaction);
      await this.answers.keep(key, made, transaction);
      return made;
    });
    if (answer) return { answer, isReplay: false };
    const other = await this.#find<A>(key, fingerprint);
    if (!other) throw IdempotencyKeyError.stillRunning(); // It has grown too old within this moment.
    return other;
  }

  /**
   * For what is too much for one transaction: each part and the note of it are one, and the last progress is the answer.
   * Who asks again before the end goes on from there, so that a part is done once, even if the first request has died.
   */
  async inParts<P extends Answer>({ key, request }: KeyedRequest, part: Part<P>): Promise<Answered<P>> {
    if (key === undefined) return { answer: await this.#allParts(part), isReplay: false };
    const fingerprint = fingerprintOf(request);
    for (let isReplay = true; ; isReplay = false) {
      const done = await this.answers.transaction(async (transaction) => {
        await this.#claim(key, fingerprint, transaction);
        const kept = await this.answers.lock(key, transaction);
        if (kept) checkSame(kept, fingerprint);
        const earlier = kept?.answer;
        if (earlier && !(UNFINISHED in earlier)) return earlier as P;
        const { progress, isLast } = await part(earlier?.[UNFINISHED] as P | undefined, transaction);
        await this.answers.keep(key, isLast ? progress : { [UNFINISHED]: progress }, transaction);
        return undefined;
      });
      if (done) return { answer: done, isReplay };
    }
  }

  /** Deletes those that are not replayed any more. */
  async sweep(): Promise<void> {
    const since = this.keptSince();
    while ((await this.answers.deleteOld(since, BATCH)) === BATCH);
  }

  async #allParts<P extends Answer>(part: Part<P>): Promise<P> {
    let earlier: P | undefined;
    for (;;) {
      const { progress, isLast } = await this.answers.transaction((transaction) =>
        part(earlier, transaction),
      );
      if (isLast) return progress;
      earlier = progress;
    }
  }

  #claim(key: string, fingerprint: string, transaction: Transaction<Tables>): Promise<boolean> {
    return this.answers.claim(
      { key, fingerprint, now: this.clock.now(), since: this.keptSince() },
      transaction,
    );
  }

  async #find<A>(key: string, fingerprint: string): Promise<Answered<A> | undefined> {
    const kept = await this.answers.find(key, this.keptSince());
    if (!kept) return undefined;
    checkSame(kept, fingerprint);
    return { answer: kept.answer as A, isReplay: true };
  }

  /** Keys that were used before are free again. */
  keptSince(): Date {
    return new Date(this.clock.nowMs() - this.config.IDEMPOTENCY_KEY_HOURS * HOUR_MS);
  }
}

function checkSame(kept: KeptAnswer, fingerprint: string): void {
  if (kept.fingerprint !== fingerprint) throw IdempotencyKeyError.otherRequest();
}
