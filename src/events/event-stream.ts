import { Injectable } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import type { Response } from 'express';
import type { Reach } from '../access/reach.js';
import { KeyRing } from '../access/key-ring.js';
import { isId } from '../clock/new-id.js';
import { Clock } from '../clock/clock.js';
import { AppError } from '../errors/app-error.js';
import { ServiceState } from '../observability/service-state.js';
import { EventBell } from './event-bell.js';
import { firstIdAt } from './event-time.js';
import type { BoundFilter } from './event-window.js';
import type { EventFilter } from './events.dto.js';
import { EventsRepository } from './events.repository.js';
import { toEventView, within } from './events.service.js';

const LOOK_EVERY_MS = 500;
/**
 * The rule by which the cursor moves. An id begins with the time of receipt, by the clock of the replica that received the
 * event, and may be committed after later ones. Later than this after its receipt no event is stored any more, so what is older is complete:
 * it is told in order, and the cursor passes it, whether the filter chose it or not. Storing takes 1.14 s at the most; the rest is for
 * commits that wait for the disk, and for replicas whose clocks differ.
 */
const SETTLED_AFTER_MS = 2_000;
/** So long after a ring there may be something to tell: until it is settled, and a little more for clocks that differ. */
const AWAKE_MS = SETTLED_AFTER_MS + 3_000;
/** Should the ring of another process be lost. */
const SAFETY_EVERY_MS = 15_000;
/** While there is nothing to tell; before anything is told, the key is asked about each time. */
const KEY_EVERY_MS = 2_500;
const KEEP_ALIVE_EVERY_MS = 15_000;
const MOST_CLIENTS = 50;
const MOST_CLIENTS_OF_KEY = 10;
const PAGE = 500;
const SLOW_READER_BYTES = 1024 * 1024;

interface Follower {
  filter: EventFilter;
  reach: Reach;
  /** The key by which it was let in. */
  keyId: string;
  lastEventId?: string | undefined;
}

interface Client {
  response: Response;
  filter: BoundFilter;
  keyId: string;
  cursor: string;
  lastWriteMs: number;
  isLooking: boolean;
  /** There may be more than the last look has told. */
  isBehind: boolean;
  /** When the last look, and the last question about its key, were made; by the monotonic clock. */
  lookedAtMs: number;
  askedAtMs: number;
}

/** The live tail, for as long as the key of whoever follows is good. Nobody following costs nothing, and silence little. */
@Injectable()
export class EventStream {
  readonly #clients = new Set<Client>();
  #timer: NodeJS.Timeout | undefined;
  #stopListening: () => void = () => undefined;
  #awakeUntilMs = 0;

  constructor(
    private readonly events: EventsRepository,
    private readonly clock: Clock,
    private readonly state: ServiceState,
    private readonly keys: KeyRing,
    private readonly bell: EventBell,
    @InjectPinoLogger('events') private readonly log: PinoLogger,
  ) {}

  open(response: Response, { filter, reach, keyId, lastEventId }: Follower): void {
    if (this.#clients.size >= MOST_CLIENTS) {
      throw new AppError('unavailable', 'Too many follow the events already', { retryAfterSeconds: 30 });
    }
    if ([...this.#clients].filter((client) => client.keyId === keyId).length >= MOST_CLIENTS_OF_KEY) {
      throw new AppError('rate_limited', `One API key may follow ${MOST_CLIENTS_OF_KEY} times at once`, {
        retryAfterSeconds: 30,
      });
    }
    const isResumed = lastEventId !== undefined && isId(lastEventId);
    const client: Client = {
      response,
      filter: within(filter, reach),
      keyId,
      cursor: isResumed ? lastEventId : firstIdAt(this.clock.nowMs()),
      lastWriteMs: 0,
      isLooking: false,
      isBehind: true,
      lookedAtMs: 0,
      askedAtMs: performance.now(),
    };
    response.setHeader('Content-Type', 'text/event-stream; charset=utf-8');
    response.setHeader('X-Accel-Buffering', 'no');
    response.flushHeaders();
    this.#write(client, ': following\n\n');
    this.#clients.add(client);
    response.on('close', () => this.#forget(client));
    if (this.#timer === undefined) this.#begin();
  }

  #begin(): void {
    this.#awake();
    this.#stopListening = this.bell.onRing(() => this.#awake());
    this.#timer = setInterval(() => this.#tick(), LOOK_EVERY_MS).unref();
  }

  #awake(): void {
    this.#awakeUntilMs = performance.now() + AWAKE_MS;
  }

  #tick(): void {
    const nowMs = performance.now();
    for (const client of this.#clients) {
      if (this.state.isDraining) client.response.end();
      else if (!client.isLooking && client.response.writableLength < SLOW_READER_BYTES)
        void this.#visit(client, nowMs);
      else client.isBehind = true;
    }
  }

  async #visit(client: Client, nowMs: number): Promise<void> {
    const isDue =
      client.isBehind || nowMs < this.#awakeUntilMs || nowMs - client.lookedAtMs >= SAFETY_EVERY_MS;
    if (!isDue && nowMs - client.askedAtMs < KEY_EVERY_MS) return;
    client.isLooking = true;
    try {
      client.askedAtMs = nowMs;
      if (!(await this.keys.isLive(client.keyId))) {
        client.response.end();
        return;
      }
      if (isDue) await this.#look(client, nowMs);
      if (this.clock.nowMs() - client.lastWriteMs > KEEP_ALIVE_EVERY_MS)
        this.#write(client, ': still here\n\n');
    } catch (err) {
      client.isBehind = true;
      this.log.debug({ err }, 'Events cannot be followed for now');
    } finally {
      client.isLooking = false;
    }
  }

  async #look(client: Client, nowMs: number): Promise<void> {
    const before = firstIdAt(this.clock.nowMs() - SETTLED_AFTER_MS);
    const { rows, next } = await this.events.between(client.filter, {
      after: client.cursor,
      before,
      limit: PAGE,
    });
    for (const row of rows)
      this.#write(client, `id: ${row.id}\nevent: event\ndata: ${JSON.stringify(toEventView(row))}\n\n`);
    client.lookedAtMs = nowMs;
    client.isBehind = next !== undefined;
    const lookedTo = next ?? before;
    // Not backwards, where the clock was set.
    if (lookedTo > client.cursor) client.cursor = lookedTo;
  }

  #write(client: Client, text: string): void {
    client.response.write(text);
    client.lastWriteMs = this.clock.nowMs();
  }

  #forget(client: Client): void {
    this.#clients.delete(client);
    if (this.#clients.size > 0) return;
    this.#stopListening();
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
