import { Injectable } from '@nestjs/common';
import type { Reach } from '../access/reach.js';
import { codeOf } from '../errors/app-error.js';
import { type EventHandler, EventHandlers } from './event-handler.js';
import type {
  EventDetails,
  EventFilter,
  EventPage,
  EventQuery,
  EventView,
  HandlerProgress,
} from './events.dto.js';
import type { BoundFilter } from './event-window.js';
import { EventNotFoundError } from './events.errors.js';
import { EventsRepository, type EventSummaryRow } from './events.repository.js';

/** Looking at events. */
@Injectable()
export class EventsService {
  constructor(
    private readonly events: EventsRepository,
    private readonly handlers: EventHandlers,
  ) {}

  async list({ limit, cursor, ...filter }: EventQuery, reach: Reach): Promise<EventPage> {
    const before = cursor === undefined ? {} : { before: cursor };
    const { rows, next } = await this.events.list(within(filter, reach), { limit, ...before });
    return { items: rows.map(toEventView), nextCursor: next ?? null };
  }

  async get(id: string, reach: Reach): Promise<EventDetails> {
    const row = await this.events.find(id, within({}, reach));
    if (!row) throw new EventNotFoundError(id);
    const handlings = new Map((await this.events.handlings(id)).map((h) => [h.handler, h.handled_at]));
    const view = toEventView(row);
    const lastError = row.dead_error ?? row.last_error;
    const { seesPayloads } = reach;
    return {
      ...view,
      payload: seesPayloads ? row.payload : null,
      headers: seesPayloads ? row.headers : {},
      changes: row.changes ?? [],
      deliveryId: row.delivery_id,
      requestId: row.request_id,
      attempts: row.dead_attempts ?? row.attempts ?? 0,
      nextTryAt: row.attempts === null || row.attempts === 0 ? null : row.due_at,
      lastError: seesPayloads ? lastError : codeOf(lastError),
      handlers: view.status === 'repeat' ? [] : await this.#progressOf(view, handlings),
    };
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
          if (handler.neverWants?.(event)) return { name, status: 'not wanted', handledAt };
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

/** The filter, kept within what the caller may see. */
export function within(filter: EventFilter, reach: Reach): BoundFilter {
  const [workspaces, sources] = [reach.within('workspaces'), reach.eventSources];
  // What can only be one is asked for by its index.
  const [workspaceId, source] = [filter.workspaceId ?? onlyOf(workspaces), filter.source ?? onlyOf(sources)];
  return {
    ...filter,
    ...(workspaceId === undefined ? {} : { workspaceId }),
    ...(source === undefined ? {} : { source }),
    workspaces,
    sources,
  };
}

function onlyOf(within: readonly string[] | undefined): string | undefined {
  return within?.length === 1 ? within[0] : undefined;
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
