import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { newId } from '../clock/new-id.js';
import { EventBell } from './event-bell.js';
import { type EventHandler, EventHandlers } from './event-handler.js';
import type {
  EventDetails,
  EventFilter,
  EventPage,
  EventQuery,
  EventView,
  HandlerProgress,
  Replayed,
  ReplayedMany,
  ReplayRequest,
} from './events.dto.js';
import { EventNotFoundError } from './events.errors.js';
import { EventsRepository, type EventSummaryRow } from './events.repository.js';

const REPLAY_BATCH = 500;

/** Looking at events, and having them handled again. */
@Injectable()
export class EventsService {
  constructor(
    private readonly events: EventsRepository,
    private readonly handlers: EventHandlers,
    private readonly bell: EventBell,
    private readonly clock: Clock,
  ) {}

  async list({ limit, cursor, ...filter }: EventQuery): Promise<EventPage> {
    const before = cursor === undefined ? {} : { before: cursor };
    const rows = await this.events.list(filter, { limit: limit + 1, ...before });
    const items = rows.slice(0, limit).map(toEventView);
    return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
  }

  async get(id: string): Promise<EventDetails> {
    const row = await this.events.find(id);
    if (!row) throw new EventNotFoundError(id);
    const handlings = new Map((await this.events.handlings(id)).map((h) => [h.handler, h.handled_at]));
    const view = toEventView(row);
    return {
      ...view,
      payload: row.payload,
      headers: row.headers,
      changes: row.changes ?? [],
      deliveryId: row.delivery_id,
      requestId: row.request_id,
      attempts: row.dead_attempts ?? row.attempts ?? 0,
      nextTryAt: row.attempts === null || row.attempts === 0 ? null : row.due_at,
      lastError: row.dead_error ?? row.last_error,
      handlers: view.status === 'repeat' ? [] : await this.#progressOf(view, handlings),
    };
  }

  async replay(id: string, requestId: string): Promise<Replayed> {
    const copy = { original: id, id: newId(this.clock.nowMs()) };
    const [replayOf] = await this.events.replay([copy], { now: this.clock.now(), requestId });
    if (replayOf === undefined) throw new EventNotFoundError(id);
    this.bell.ring();
    return { eventId: copy.id, replayOf };
  }

  async replayMany({ dryRun, limit, ...filter }: ReplayRequest, requestId: string): Promise<ReplayedMany> {
    // What arrives from now on is not meant; nor are the replays themselves, which carry later ids.
    const until = { ...filter, to: filter.to ?? this.clock.now() };
    const matched = await this.events.countOriginals(until);
    if (dryRun) return { matched, replayed: 0, dryRun };
    return { matched, replayed: await this.#replayUpTo(limit, until, requestId), dryRun };
  }

  async #replayUpTo(limit: number, filter: EventFilter, requestId: string): Promise<number> {
    let replayed = 0;
    let after = '';
    while (replayed < limit) {
      const size = Math.min(REPLAY_BATCH, limit - replayed);
      const originals = await this.events.originals(filter, { after, limit: size });
      if (originals.length === 0) break;
      const nowMs = this.clock.nowMs();
      const copies = originals.map((original) => ({ original, id: newId(nowMs) }));
      replayed += (await this.events.replay(copies, { now: new Date(nowMs), requestId })).length;
      after = originals.at(-1) ?? after;
      this.bell.ring();
    }
    return replayed;
  }

  async #progressOf(event: EventView, recorded: ReadonlyMap<string, Date>): Promise<HandlerProgress[]> {
    const wanting = (await this.handlers.interested())(event);
    const handlers = this.handlers.all();
    const names = new Set(handlers.map(({ name }) => name));
    const gone = [...recorded].filter(([name]) => !names.has(name));
    return [
      ...(await Promise.all(
        handlers.map(async (handler): Promise<HandlerProgress> => {
          const { name } = handler;
          const handledAt = recorded.get(name) ?? null;
          if (handledAt !== null) return { name, status: 'handled', handledAt };
          if (event.status === 'done') return this.#pastOf(handler, event.id);
          return { name, status: wanting.includes(handler) ? 'pending' : 'not wanted', handledAt };
        }),
      )),
      ...gone.map(([name, handledAt]): HandlerProgress => ({ name, status: 'handled', handledAt })),
    ];
  }

  /** Who wanted an event that is through is written down nowhere, and who wants its kind today says nothing of then. */
  async #pastOf(handler: EventHandler, eventId: string): Promise<HandlerProgress> {
    const { name } = handler;
    const handledAt = (await handler.effectOn?.(eventId)) ?? null;
    const isCertain = handledAt !== null || handler.interest === undefined;
    return { name, status: isCertain ? 'handled' : 'unknown', handledAt };
  }
}

export function toEventView(row: EventSummaryRow): EventView {
  return {
    id: row.id,
    source: row.source,
    type: row.type,
    isTypeInferred: row.is_type_inferred,
    workspaceId: row.workspace_id,
    userId: row.user_id,
    subjectId: row.subject_id,
    status: row.status,
    receivedAt: row.received_at,
    repeatOf: row.repeat_of,
    replayOf: row.replay_of,
  };
}
