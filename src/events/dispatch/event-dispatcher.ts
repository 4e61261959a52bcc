import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import { newId } from '../../clock/new-id.js';
import type { Claim, ClaimedEvent, DueEvents } from './claimed-event.js';
import { EventDispatchRepository } from './event-dispatch.repository.js';
import { type EventHandler, EventHandlers, type EventKind } from '../event-handler.js';
import { EventLanes } from './event-lanes.js';
import { EventLook } from './event-look.js';
import { EventObserver } from '../event-observer.js';
import { EventProgress } from './event-progress.js';
import { EventRun, type HandlerFailure, type RunResult } from './event-run.js';
import { EventSieve } from '../event-sieve.js';
import { type EventsConfig, eventsConfig } from '../events.config.js';

const LEASE_SECONDS = 10;
const RETRY_LONGEST_SECONDS = 600;
const LARGEST_CLAIM = 500;
/** Of payloads in hand: what is made of them takes several times as much. One event may be larger. */
const MOST_BYTES = 8 * 1024 * 1024;
/** A claim that is through this fast could have been larger. */
const QUICK_MS = 100;
const CHECK_EVERY_MS = 10;
/** With its hands full it is woken by what it gets through with. */
const FULL_MS = 1_000;
/** An event that was in hand this often when its process died is probably why. */
const CRASHES_MAX = 50;

/** Hands claimed events to the handlers and writes down how it went. When to claim is `EventDispatchLoop`'s part. */
@Injectable()
export class EventDispatcher {
  /** All that is not through, also a run whose event was claimed again because the database forgot the first claim. */
  readonly #held = new Set<EventRun>();
  readonly #lanes: EventLanes<EventRun>;
  readonly #progress: EventProgress;
  readonly #look = new EventLook();
  readonly #sieve: EventSieve;
  #heldBytes = 0;
  #claimSize: number;
  #tellProgress: () => void = () => undefined;

  constructor(
    @Inject(eventsConfig.token) private readonly config: EventsConfig,
    private readonly repository: EventDispatchRepository,
    private readonly handlers: EventHandlers,
    private readonly observer: EventObserver,
    private readonly clock: Clock,
  ) {
    this.#lanes = new EventLanes(config.EVENT_CONCURRENCY, {
      work: (run) => this.#handle(run),
      giveUp: (runs) => this.#giveBack(runs),
    });
    this.#progress = new EventProgress(repository, LEASE_SECONDS * 1000);
    this.#sieve = new EventSieve(repository, handlers);
    this.#claimSize = config.EVENT_CONCURRENCY * 2;
  }

  get heldCount(): number {
    return this.#held.size;
  }

  get log() {
    return this.observer.log;
  }

  /** Takes what somebody wants and there is room for; answers for how long there is nothing more to do unless it is woken. */
  async claim(): Promise<number | undefined> {
    const room = this.#claimSize - this.#held.size;
    const bytes = MOST_BYTES - this.#heldBytes;
    if (room < Math.max(1, this.#claimSize / 2) || bytes <= 0) return FULL_MS;
    const at = this.#look.begin(performance.now(), {
      near: LARGEST_CLAIM + this.#held.size,
      most: LARGEST_CLAIM,
    });
    const seen = await this.repository.look(at);
    this.#look.saw(at, seen, performance.now());
    if (seen.due.length === 0) return this.#look.restMs;
    // Asked now, and not before: whoever wanted these events when they came is known by now.
    const interested = await this.handlers.interested();
    const unwanted = seen.due.filter(({ kind }) => interested(kind).length === 0);
    const wanted = seen.due.filter((events) => !unwanted.includes(events));
    const sifted = new Set(await this.#sieve.unwanted(wanted, { interested, bytes }));
    await this.#finishUnwanted([...inOrder(unwanted), ...sifted]);
    const seqs = inOrder(wanted).filter((seq) => !sifted.has(seq));
    await this.#take(seqs.slice(0, room), { bytes, interested });
    return 0;
  }

  /** Told when an event is through: the next one of its subject may be claimed, and there is room. */
  onProgress(listener: () => void): void {
    this.#tellProgress = listener;
  }

  async extendLeases(): Promise<void> {
    const runs = [...this.#held].filter((run) => !run.isLost);
    if (runs.length === 0) return;
    const ours = await this.repository.extend(claimsOf(runs), LEASE_SECONDS);
    for (const run of runs) {
      if (!ours.has(run.claimed.seq)) run.lose(new Error('The lease of the event ended'));
    }
  }

  async untilIdle(forMs: number): Promise<boolean> {
    const untilMs = performance.now() + forMs;
    while (this.#held.size > 0 && performance.now() < untilMs) await delay(CHECK_EVERY_MS);
    return this.#held.size === 0;
  }

  /** Hands back everything in hand; what handlers still do is no longer this process's to record. */
  async releaseAll(): Promise<void> {
    const runs = [...this.#held];
    for (const run of runs) run.lose(new Error('The service stops'));
    if (runs.length > 0) await this.repository.release(claimsOf(runs));
  }

  async #finishUnwanted(seqs: readonly string[]): Promise<void> {
    if (seqs.length === 0) return;
    await this.repository.finishUnwanted(seqs);
    this.observer.unwanted(seqs.length);
  }

  async #take(
    seqs: readonly string[],
    { bytes, interested }: { bytes: number; interested: (kind: EventKind) => readonly EventHandler[] },
  ): Promise<void> {
    if (seqs.length === 0) return;
    const claimed = await this.repository.claim({
      seqs,
      bytes,
      token: newId(),
      leaseSeconds: LEASE_SECONDS,
      isFirstFree: this.#held.size === 0,
    });
    if (claimed.length + this.#held.size >= this.#claimSize) this.#adapt(performance.now(), claimed);
    this.#loseForgotten(new Set(claimed.map(({ seq }) => seq)));
    const runs = claimed.map((each) => new EventRun(each, interested(each.event), this.repository));
    for (const run of runs) this.#hold(run);
    for (const [key, lane] of Map.groupBy(runs, ({ claimed: { subjectKey, seq } }) => subjectKey ?? seq))
      this.#lanes.add(lane, key);
  }

  /** What can be claimed while it is in hand was forgotten by a database that fell over: the new claim is the one that counts. */
  #loseForgotten(claimedAgain: ReadonlySet<string>): void {
    for (const run of this.#held)
      if (claimedAgain.has(run.claimed.seq)) run.lose(new Error('The database has forgotten the claim'));
  }

  /** Slow handlers get small claims, so that other processes have their share; quick ones large claims. */
  #adapt(startedMs: number, claimed: readonly ClaimedEvent[]): void {
    const seqs = new Set(claimed.map(({ seq }) => seq));
    setTimeout(
      () => {
        const isThrough = ![...this.#held].some((run) => seqs.has(run.claimed.seq));
        const least = this.config.EVENT_CONCURRENCY * 2;
        this.#claimSize = isThrough
          ? Math.min(this.#claimSize * 2, Math.max(LARGEST_CLAIM, least))
          : Math.max(least, this.#claimSize / 2);
      },
      QUICK_MS - (performance.now() - startedMs),
    ).unref();
  }

  /** Returns whether the next event of the subject may be handled. */
  async #handle(run: EventRun): Promise<boolean> {
    const { claimed } = run;
    try {
      if (run.isLost) return false;
      if (claimed.claims - claimed.attempts > CRASHES_MAX) {
        await this.#killedItsProcess(run);
        return true;
      }
      this.observer.started(this.clock.nowMs() - claimed.event.receivedAt.getTime());
      const result = await run.run();
      return !run.isLost && (await this.#writeDown(run, result));
    } catch (error) {
      // The lease runs out, and the event is handled again: by then the database can be asked, or it is an error of ours.
      this.observer.log.error(
        { err: error, event_id: claimed.event.id },
        'How an event ended is not written down',
      );
      return false;
    } finally {
      this.#letGo([run]);
    }
  }

  /** An earlier event of the subject waits for its next try, or is somebody else's now, and so these wait too. */
  async #giveBack(runs: readonly EventRun[]): Promise<void> {
    try {
      await this.#progress.persistently(() => this.repository.release(claimsOf(runs)));
    } catch (err) {
      this.observer.log.warn({ err }, 'Events that wait for an earlier one return when their lease ends');
    } finally {
      this.#letGo(runs);
    }
  }

  #hold(run: EventRun): void {
    this.#held.add(run);
    this.#heldBytes += run.claimed.bytes;
  }

  #letGo(runs: readonly EventRun[]): void {
    for (const run of runs) {
      this.#held.delete(run);
      this.#heldBytes -= run.claimed.bytes;
    }
    this.#tellProgress();
  }

  /** Returns whether it is through with the event, be it as a dead letter. */
  async #writeDown(run: EventRun, result: RunResult): Promise<boolean> {
    const { claimed } = run;
    for (const handler of result.handled) this.observer.handled(handler);
    if (result.failures.length === 0) {
      await this.#progress.finish(claimed);
      return true;
    }
    const finished = {
      seq: claimed.seq,
      token: claimed.token,
      eventId: claimed.event.id,
      handlers: result.handled,
    };
    const attempt = claimed.attempts + 1;
    const summary = { id: claimed.event.id, type: claimed.event.type, attempt };
    for (const { handler, error } of result.failures) this.observer.failed(summary, handler, error);
    const error = describeFailures(result.failures);
    if (attempt < this.config.EVENT_MAX_ATTEMPTS) {
      await this.#progress.retryLater(finished, { afterSeconds: this.#backoffSeconds(attempt), error });
      return false;
    }
    await this.#progress.makeDeadLetter(finished, error);
    this.observer.died(
      summary,
      result.failures.map(({ handler }) => handler),
    );
    return true;
  }

  async #killedItsProcess(run: EventRun): Promise<void> {
    const { event, seq, token, claims } = run.claimed;
    const error = { message: `The process died ${claims} times while it handled this event` };
    await this.#progress.makeDeadLetter({ seq, token, eventId: event.id, handlers: [] }, error);
    this.observer.died({ id: event.id, type: event.type, attempt: claims }, []);
  }

  /** Doubles with each try; half of it is chance, so that what failed together does not come back together. */
  #backoffSeconds(attempt: number): number {
    const seconds = Math.min(this.config.EVENT_RETRY_SECONDS * 2 ** (attempt - 1), RETRY_LONGEST_SECONDS);
    return seconds * (0.5 + Math.random() / 2);
  }
}

/** The positions of all of them, oldest first. */
function inOrder(due: readonly DueEvents[]): string[] {
  const seqs = due.flatMap((events) => events.seqs);
  return due.length < 2 ? seqs : seqs.sort((a, b) => Number(a) - Number(b));
}

function claimsOf(runs: readonly EventRun[]): Claim[] {
  return runs.map((run) => run.claimed);
}

/** The errors' own words: the rest of them may hold secrets or whole requests. */
function describeFailures(failures: readonly HandlerFailure[]): object {
  return {
    failures: failures.map(({ handler, error }) => {
      const { name, message, code } = error as { name?: string; message?: string; code?: unknown };
      return {
        handler,
        name: name ?? 'Error',
        message: message ?? String(error),
        ...(typeof code === 'string' ? { code } : {}),
      };
    }),
  };
}
