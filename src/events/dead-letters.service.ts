import { Injectable } from '@nestjs/common';
import { ForbiddenError } from '../access/access.errors.js';
import type { Reach } from '../access/reach.js';
import { AppError, codeOf } from '../errors/app-error.js';
import { isIdCursor } from '../paging/page.dto.js';
import { BadCursorError, pageById, pageOf } from '../paging/page.js';
import { type DeadLetter, JobQueue } from '../queue/job-queue.js';
import type {
  DeadLetterPage,
  DeadLetterQuery,
  DeadLetterView,
  RedriveRequest,
  Redriven,
} from './dead-letters.dto.js';
import { type DeadEvent, DeadLettersRepository } from './dead-letters.repository.js';
import { EventBell } from './event-bell.js';
import { within } from './events.service.js';

/** When it died, in milliseconds, and its id. */
const JOB_CURSOR = /^(\d{1,15})\.([0-9a-f-]{36})$/i;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What failed for the last time: events that a handler refused, and jobs. */
@Injectable()
export class DeadLettersService {
  constructor(
    private readonly events: DeadLettersRepository,
    private readonly jobs: JobQueue,
    private readonly bell: EventBell,
  ) {}

  async list(query: DeadLetterQuery, reach: Reach): Promise<DeadLetterPage> {
    if (query.kind === 'job') demandUnbound(reach);
    const page = await (query.kind === 'event' ? this.#listEvents(query, reach) : this.#listJobs(query));
    if (reach.seesPayloads) return page;
    return { ...page, items: page.items.map((item) => ({ ...item, reason: codeOf(item.reason) })) };
  }

  async redrive({ kind, ids }: RedriveRequest, reach: Reach): Promise<Redriven> {
    if (kind === 'job') {
      demandUnbound(reach);
      return { redriven: await this.#redriveJobs(ids) };
    }
    const redriven = await this.events.redrive(ids, within({}, reach));
    this.bell.ring();
    return { redriven };
  }

  async redriveOne(id: string, reach: Reach): Promise<Redriven> {
    const kind = UUID.test(id) ? 'job' : 'event';
    const { redriven } = await this.redrive({ kind, ids: [id] }, reach);
    if (redriven === 0) throw new AppError('not_found', `There is no dead letter ${id}`);
    return { redriven };
  }

  #redriveJobs(ids: string[] | undefined): Promise<number> {
    return this.jobs.redrive(ids === undefined ? {} : { ids: ids.filter((id) => UUID.test(id)) });
  }

  async #listEvents({ limit, cursor }: DeadLetterQuery, reach: Reach): Promise<DeadLetterPage> {
    if (cursor !== undefined && !isIdCursor(cursor)) throw new BadCursorError();
    const rows = await this.events.list({
      limit: limit + 1,
      bounds: within({}, reach),
      ...(cursor === undefined ? {} : { before: cursor }),
    });
    return pageById(rows, { limit, view: eventView });
  }

  async #listJobs({ limit, cursor }: DeadLetterQuery): Promise<DeadLetterPage> {
    const after = cursor === undefined ? undefined : readJobCursor(cursor);
    const letters = await this.jobs.deadLetters({ limit: limit + 1, ...(after ? { after } : {}) });
    return pageOf(letters, { limit, view: jobView, cursorOf: jobCursor });
  }
}

/** Jobs are of all kinds, and of no workspace or source. */
function demandUnbound({ anyBound }: Reach): void {
  if (anyBound !== undefined) throw ForbiddenError.outOfScope(anyBound);
}

function eventView({ id, type, error, died_at: diedAt }: DeadEvent): DeadLetterView {
  return { id, kind: 'event', name: type, reason: error, diedAt };
}

function jobView({ id, queue, reason, diedAt }: DeadLetter): DeadLetterView {
  return { id, kind: 'job', name: queue, reason, diedAt };
}

function jobCursor({ id, diedAt }: DeadLetter): string {
  return `${diedAt.getTime()}.${id}`;
}

function readJobCursor(cursor: string): { diedAt: Date; id: string } {
  const [, ms, id] = JOB_CURSOR.exec(cursor) ?? [];
  if (ms === undefined || id === undefined || !UUID.test(id)) throw new BadCursorError();
  return { diedAt: new Date(Number(ms)), id };
}
