import { Inject, Injectable } from '@nestjs/common';
import type { Transaction } from 'kysely';
import { type ActionsConfig, actionsConfig } from '../actions/actions.config.js';
import { IdempotencyKeyError } from '../actions/actions.errors.js';
import { fingerprintOf } from '../actions/fingerprint.js';
import { Clock } from '../clock/clock.js';
import type { Tables } from '../storage/database.js';
import { ScheduleAnswersRepository } from './schedule-answers.repository.js';
import { SchedulesRepository } from './schedules.repository.js';
import type { Answer } from './schedules.tables.js';

const HOUR_MS = 3_600_000;
const BATCH = 1000;

export interface KeyedRequest {
  /** Undefined where the request may be repeated as often as it comes. Keys of different callers never meet. */
  key: string | undefined;
  /** What is asked for. */
  request: unknown;
}

export interface Answered {
  answer: Answer;
  isReplay: boolean;
}

/** Does something within a transaction, once what can fail by itself has been done. */
type Make = (transaction: Transaction<Tables>) => Promise<Answer>;

/**
 * One effect per Idempotency-Key, whichever replicas the requests come to: the key is claimed, the effect made and its
 * answer kept in one transaction, and whoever asks again is given that answer.
 */
@Injectable()
export class ScheduleAnswers {
  constructor(
    private readonly answers: ScheduleAnswersRepository,
    private readonly schedules: SchedulesRepository,
    private readonly clock: Clock,
    @Inject(actionsConfig.token) private readonly config: ActionsConfig,
  ) {}

  /** `prepare` is not asked where an answer is there: what it would check may not hold any more. */
  async once({ key, request }: KeyedRequest, prepare: () => Promise<Make>): Promise<Answered> {
    if (key === undefined)
      return { answer: await this.schedules.transaction(await prepare()), isReplay: false };
    const fingerprint = fingerprintOf(request);
    const earlier = await this.#find(key, fingerprint);
    if (earlier) return earlier;
    const make = await prepare();
    const answer = await this.schedules.transaction(async (transaction) => {
      const [now, since] = [this.clock.now(), this.#since()];
      if (!(await this.answers.claim({ key, fingerprint, now, since }, transaction))) return undefined;
      const made = await make(transaction);
      await this.answers.keep(key, made, transaction);
      return made;
    });
    if (answer) return { answer, isReplay: false };
    const other = await this.#find(key, fingerprint);
    if (!other) throw IdempotencyKeyError.stillRunning(); // It has grown too old within this moment.
    return other;
  }

  /** Deletes those that are not replayed any more. */
  async sweep(): Promise<void> {
    const since = this.#since();
    while ((await this.answers.deleteOld(since, BATCH)) === BATCH);
  }

  async #find(key: string, fingerprint: string): Promise<Answered | undefined> {
    const kept = await this.answers.find(key, this.#since());
    if (!kept) return undefined;
    if (kept.fingerprint !== fingerprint) throw IdempotencyKeyError.otherRequest();
    return { answer: kept.answer, isReplay: true };
  }

  #since(): Date {
    return new Date(this.clock.nowMs() - this.config.IDEMPOTENCY_KEY_HOURS * HOUR_MS);
  }
}
