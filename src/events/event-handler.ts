import { Injectable } from '@nestjs/common';
import type { Transaction } from 'kysely';
import type { Tables } from '../storage/database.js';

/** Something that happened elsewhere, as the inbox stored it. */
export interface StoredEvent {
  /** A ULID. A replay is an event of its own, so it has its own id. */
  id: string;
  /** `clockify`, `slack`, `github` or the name of the owner's own source. */
  source: string;
  /** The source's own name for it: `NEW_TIME_ENTRY`, `issues.opened`, `message`. */
  type: string;
  /** The type was guessed from the shape of the payload, because the sender did not say. */
  isTypeInferred: boolean;
  /** From the verified claim, else the body, else null. */
  workspaceId: string | null;
  userId: string | null;
  /** Id of the thing it is about. Events of one thing are handled one after the other, in the order of arrival. */
  subjectId: string | null;
  payload: unknown;
  receivedAt: Date;
  /** The event that this one repeats on purpose, when somebody replayed it. */
  replayOf: string | null;
}

/** What is known of an event before its payload is read. */
export type EventHead = Omit<StoredEvent, 'payload'>;

/** What decides who wants an event. Of events there are many, of kinds few. */
export type EventKind = Pick<StoredEvent, 'source' | 'type' | 'workspaceId'>;

export interface EventContext {
  /** 1 on the first try of this event. */
  attempt: number;
  /** Carried into logs and upstream calls. */
  requestId: string;
  /** Aborted when the service stops or the lease is lost. */
  signal: AbortSignal;
  /**
   * Records in the handler's own transaction that it has handled the event, so that the effect and the record stand or
   * fall together: call it first. Throws where an earlier try recorded it (EventAlreadyHandledError, which counts as
   * success) and where the event is in other hands by now: let that through. Do not await other queries of the pool while
   * the transaction is open (the embedded Postgres has one connection).
   */
  recordHandled(transaction: Transaction<Tables>): Promise<void>;
}

/**
 * Whoever wants to know what happened. Promises nothing; is promised: told exactly once per event where it records
 * its effect by `recordHandled`, else at least once; in order per subject; again with backoff after it has thrown; and
 * after the last try the event is a dead letter with the reason. Handlers do not wait for each other's failures.
 */
export interface EventHandler {
  /** Unique, and never changed: progress is recorded under it. */
  readonly name: string;
  /**
   * Which kinds of events it wants, as things stand when it is asked; asked once for many events, after they were found.
   * An event that nobody wants is done at once, and its payload is never read. Absent: all.
   */
  interest?(): Promise<(kind: EventKind) => boolean>;
  /**
   * Of the events that it wants by their kind, those of which something may come, now that their payload is known. Asked
   * like `interest`, about events that nobody has claimed yet, so its answer must follow from the event and change nothing.
   * Of most events that a flow looks at nothing comes, and a claim costs more than the look. Absent: all.
   */
  sift?(): Promise<(event: StoredEvent) => boolean>;
  handle(event: StoredEvent, context: EventContext): Promise<void>;
  /** Whether it never wanted an event of the kind, whatever there was at the time. Absent: that cannot be told. */
  neverWants?(kind: EventKind): boolean;
  /** When it first had an effect because of an event, as its own records tell; asked when somebody looks at the event. */
  effectOn?(eventId: string): Promise<Date | null>;
}

/** All handlers, by name. A room above registers its own in its module's constructor or onModuleInit. */
@Injectable()
export class EventHandlers {
  readonly #byName = new Map<string, EventHandler>();

  register(handler: EventHandler): void {
    if (this.#byName.has(handler.name)) throw new Error(`There are two event handlers named ${handler.name}`);
    this.#byName.set(handler.name, handler);
  }

  all(): readonly EventHandler[] {
    return [...this.#byName.values()];
  }

  /** Who wants events of a kind, as things stand now. */
  async interested(): Promise<(kind: EventKind) => EventHandler[]> {
    const interests = await Promise.all(
      this.all().map(async (handler) => ({ handler, isWanted: await handler.interest?.() })),
    );
    return (kind) =>
      interests.filter(({ isWanted }) => isWanted?.(kind) ?? true).map(({ handler }) => handler);
  }

  /** Of which events something may come, of kinds that somebody wants; undefined where that is all of them. */
  async sifted(wanting: readonly EventHandler[]): Promise<((event: StoredEvent) => boolean) | undefined> {
    if (wanting.length === 0 || wanting.some((handler) => handler.sift === undefined)) return undefined;
    const sieves = await Promise.all(wanting.map((handler) => handler.sift?.()));
    return (event) => sieves.some((mayDoSomething) => mayDoSomething?.(event) ?? true);
  }
}
