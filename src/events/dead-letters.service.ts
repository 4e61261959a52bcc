import { Injectable } from '@nestjs/common';
import { AppError } from '../errors/app-error.js';
import { JobQueue } from '../queue/job-queue.js';
import type { DeadLetterPage, DeadLetterQuery, RedriveRequest, Redriven } from './dead-letters.dto.js';
import { DeadLettersRepository } from './dead-letters.repository.js';
import { EventBell } from './event-bell.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What failed for the last time: events that a handler refused, and jobs. */
@Injectable()
export class DeadLettersService {
  constructor(
    private readonly events: DeadLettersRepository,
    private readonly jobs: JobQueue,
    private readonly bell: EventBell,
  ) {}

  list(query: DeadLetterQuery): Promise<DeadLetterPage> {
    return query.kind === 'event' ? this.#listEvents(query) : this.#listJobs(query);
  }

  async redrive({ kind, ids }: RedriveRequest): Promise<Redriven> {
    if (kind === 'job') return { redriven: await this.#redriveJobs(ids) };
    const redriven = await this.events.redrive(ids);
    this.bell.ring();
    return { redriven };
  }

  async redriveOne(id: string): Promise<Redriven> {
    const { redriven } = await this.redrive({ kind: UUID.test(id) ? 'job' : 'event', ids: [id] });
    if (redriven === 0) throw new AppError('not_found', `There is no dead letter ${id}`);
    return { redriven };
  }

  #redriveJobs(ids: string[] | undefined): Promise<number> {
    return this.jobs.redrive(ids === undefined ? {} : { ids: ids.filter((id) => UUID.test(id)) });
  }

  async #listEvents({ limit, cursor }: DeadLetterQuery): Promise<DeadLetterPage> {
    const rows = await this.events.list({
      limit: limit + 1,
      ...(cursor === undefined ? {} : { before: cursor }),
    });
    const items = rows.slice(0, limit).map((row) => ({
      id: row.id,
      kind: 'event' as const,
      name: row.type,
      reason: row.error,
      diedAt: row.died_at,
    }));
    return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
  }

  async #listJobs({ limit, cursor }: DeadLetterQuery): Promise<DeadLetterPage> {
    const after = cursor === undefined ? undefined : readCursor(cursor);
    const letters = await this.jobs.deadLetters({ limit: limit + 1, ...(after ? { after } : {}) });
    const items = letters.slice(0, limit).map((letter) => ({
      id: letter.id,
      kind: 'job' as const,
      name: letter.queue,
      reason: letter.reason,
      diedAt: letter.createdAt,
    }));
    const last = items.at(-1);
    const hasMore = letters.length > limit && last !== undefined;
    return { items, nextCursor: hasMore ? `${last.diedAt.getTime()}.${last.id}` : null };
  }
}

function readCursor(cursor: string): { createdAt: Date; id: string } {
  const [ms = '', id = ''] = cursor.split('.');
  if (!/^\d{1,15}$/.test(ms) || !UUID.test(id)) {
    throw new AppError('validation_error', 'cursor must be the nextCursor of another page');
  }
  return { createdAt: new Date(Number(ms)), id };
}
