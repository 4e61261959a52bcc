import { Injectable } from '@nestjs/common';
import type { Transaction } from 'kysely';
import type { Reach } from '../access/reach.js';
import { Clock } from '../clock/clock.js';
import { newId } from '../clock/new-id.js';
import { type Answered, StoredAnswers } from '../idempotency/stored-answers.js';
import type { Tables } from '../storage/database.js';
import { EventBell } from './event-bell.js';
import type { BoundFilter } from './event-window.js';
import type { Replayed, ReplayedMany, ReplayRequest } from './events.dto.js';
import { EventNotFoundError } from './events.errors.js';
import { EventsRepository } from './events.repository.js';
import { within } from './events.service.js';

const BATCH = 500;

interface By {
  reach: Reach;
  requestId: string;
  /** Under which the same request replays once; undefined where it may as often as it comes. */
  key: string | undefined;
}

/** How far a replay of many has come. A type, not an interface, so that it can be kept as an answer. */
type Progress = {
  matched: number;
  replayed: number;
  /** What arrived later is not meant; nor are the replays themselves, which carry later ids. */
  to: string;
  after: string;
};

/** Having events handled again. */
@Injectable()
export class EventReplays {
  constructor(
    private readonly events: EventsRepository,
    private readonly answers: StoredAnswers,
    private readonly bell: EventBell,
    private readonly clock: Clock,
  ) {}

  async replay(id: string, { requestId, key, reach }: By): Promise<Answered<Replayed>> {
    const bounds = within({}, reach);
    const answered = await this.answers.once<Replayed>({ key, request: ['replay event', id] }, async () => {
      const copy = { original: id, id: newId(this.clock.nowMs()) };
      return async (transaction) => {
        const now = this.clock.now();
        const [replayOf] = await this.events.replay([copy], { now, requestId, bounds }, transaction);
        if (replayOf === undefined) throw new EventNotFoundError(id);
        return { eventId: copy.id, replayOf };
      };
    });
    this.bell.ring();
    return answered;
  }

  /** In parts, each in a transaction of its own: many at once would hold up everybody else. */
  async replayMany({ dryRun, limit, ...asked }: ReplayRequest, by: By): Promise<Answered<ReplayedMany>> {
    const filter = within(asked, by.reach);
    const to = filter.to ?? this.clock.now();
    if (dryRun) {
      const matched = await this.events.countOriginals({ ...filter, to });
      return { answer: { matched, replayed: 0, dryRun }, isReplay: false };
    }
    const matched = await this.events.countOriginals({ ...filter, to });
    const begin: Progress = { matched, replayed: 0, to: to.toISOString(), after: '' };
    const request = { key: by.key, request: ['replay events', asked, limit] };
    const { answer, isReplay } = await this.answers.inParts<Progress>(
      request,
      (progress = begin, transaction) =>
        this.#replayPart(progress, { filter, limit, requestId: by.requestId, transaction }),
    );
    this.bell.ring(); // Of the last part, which was not there yet when it rang by itself.
    return { answer: { matched: answer.matched, replayed: answer.replayed, dryRun }, isReplay };
  }

  async #replayPart(
    { matched, replayed, to, after }: Progress,
    part: { filter: BoundFilter; limit: number; requestId: string; transaction: Transaction<Tables> },
  ): Promise<{ progress: Progress; isLast: boolean }> {
    const { filter, limit, requestId, transaction } = part;
    const found = await this.events.originals(
      { ...filter, to: new Date(to) },
      { after, limit: Math.min(BATCH, limit - replayed) },
      transaction,
    );
    const nowMs = this.clock.nowMs();
    const copies = found.ids.map((original) => ({ original, id: newId(nowMs) }));
    const made = await this.events.replay(
      copies,
      { now: new Date(nowMs), requestId, bounds: filter },
      transaction,
    );
    this.bell.ring();
    const progress = { matched, to, replayed: replayed + made.length, after: found.next ?? after };
    return { progress, isLast: found.next === undefined || progress.replayed >= limit };
  }
}
