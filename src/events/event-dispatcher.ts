import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { newId } from '../clock/new-id.js';
import type { Claim, ClaimedEvent, DueEvents } from './claimed-event.js';
import { EventDispatchRepository } from './event-dispatch.repository.js';
import { type EventHandler, EventHandlers, type EventKind } from './event-handler.js';
import { EventLanes } from './event-lanes.js';
import { EventLook } from './event-look.js';
import { EventObserver } from './event-observer.js';
import { EventProgress } from './event-progress.js';
import { EventRun, type HandlerFailure, type RunResult } from './event-run.js';
import { type EventsConfig, eventsConfig } from './events.config.js';

const LEASE_SECONDS = 10;
const RETRY_LONGEST_SECONDS = 600;
const LARGEST_CLAIM = 500;
/** A claim that is through this fast could have been larger. */
const QUICK_MS = 100;
const CHECK_EVERY_MS = 10;
/** An event that was in hand this often when its process died is probably why. */
const CRASHES_MAX = 50;

/** Hands claimed events to the handlers and writes down how it went. When to claim is `EventDispatchLoop`'s part. */
@Injectable()
export class EventDispatcher {
  /** All that is not through, also a run whose event was claimed again because the database forgot the first claim. */
  readonly #held = new Set<EventRun>();
  readonly #brokenLanes = new Set<string>();
  readonly #lanes: EventLanes<EventRun>;
  readonly #progress: EventProgress;
  readonly #look = new EventLook();
  #claimSize: number;
  #tellProgress: () => void = () => undefined;

  constructor(
    @Inject(eventsConfig.token) private readonly config: EventsConfig,
    private readonly repository: EventDispatchRepository,
    private readonly handlers: EventHandlers,
    private readonly observer: EventObserver,
    private readonly clock: Clock,
  ) {
    this.#lanes = new EventLanes(config.EVENT_CONCURRENCY, (run) => this.#handle(run));
    this.#progress = new EventProgress(repository, LEASE_SECONDS * 1000);
    this.#claimSize = config.EVENT_CONCURRENCY * 2;
  }

  get heldCount(): number {
    return this.#held.size;
  }

  get log() {
    return this.observer.log;
  }

  /** Takes what somebody wants and there is room for; answers how many events it found. */
  async claim(): Promise<number> {
    const room = this.#claimSize - this.#held.size;
    if (room < Math.max(1, this.#claimSize / 2)) return 0;
    const due = await this.repository.due(LARGEST_CLAIM, this.#look.begin(performance.now()));
    const seqs = inOrder(due);
    this.#look.saw(seqs[0]);
    if (seqs.length === 0) return 0;
    // Asked now, and not before: whoever wanted these events when they came is known by now.
    const interested = await this.handlers.interested();
    const unwanted = due.filter(({ kind }) => interested(kind).length === 0);
    const wanted = due.filter((events) => !unwanted.includes(events));
    await this.#finishUnwanted(inOrder(unwanted));
    await this.#take(inOrder(wanted).slice(0, room), interested);
    return seqs.length;
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
    interested: (kind: EventKind) => readonly EventHandler[],
  ): Promise<void> {
    if (seqs.length === 0) return;
    const claimed = await this.repository.claim(seqs, newId(), LEASE_SECONDS);
    if (claimed.length + this.#held.size >= this.#claimSize) this.#adapt(performance.now(), claimed);
    this.#loseForgotten(new Set(claimed.map(({ seq }) => seq)));
    for (const each of claimed) {
      const run = new EventRun(each, interested(each.event), this.repository);
      this.#held.add(run);
      this.#lanes.add(run, each.subjectKey);
    }
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

  async #handle(run: EventRun): Promise<void> {
    const { claimed } = run;
    try {
      if (run.isLost) return;
      if (claimed.subjectKey !== null && this.#brokenLanes.has(claimed.subjectKey))
        return await this.#letWait(run);
      if (claimed.claims - claimed.attempts > CRASHES_MAX) return await this.#killedItsProcess(run);
      this.observer.started(this.clock.nowMs() - claimed.event.receivedAt.getTime());
      const result = await run.run();
      if (!run.isLost) await this.#writeDown(run, result);
    } catch (error) {
      // The lease runs out, and the event is handled again: by then the database can be asked, or it is an error of ours.
      this.observer.log.error(
        { err: error, event_id: claimed.event.id },
        'How an event ended is not written down',
      );
    } finally {
      this.#held.delete(run);
      this.#mendLane(claimed.subjectKey);
      this.#tellProgress();
    }
  }

  /** Once nothing of the subject is in hand any more, it starts anew with the next claim. */
  #mendLane(subjectKey: string | null): void {
    if (subjectKey === null || !this.#brokenLanes.has(subjectKey)) return;
    const isHeld = [...this.#held].some((run) => run.claimed.subjectKey === subjectKey);
    if (!isHeld) this.#brokenLanes.delete(subjectKey);
  }

  async #writeDown(run: EventRun, result: RunResult): Promise<void> {
    const { claimed } = run;
    for (const handler of result.handled) this.observer.handled(handler);
    if (result.failures.length === 0) return this.#progress.finish(claimed);
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
    if (attempt >= this.config.EVENT_MAX_ATTEMPTS) {
      await this.#progress.makeDeadLetter(finished, error);
      this.observer.died(
        summary,
        result.failures.map(({ handler }) => handler),
      );
      return;
    }
    if (claimed.subjectKey !== null) this.#brokenLanes.add(claimed.subjectKey);
    await this.#progress.retryLater(finished, { afterSeconds: this.#backoffSeconds(attempt), error });
  }

  /** An earlier event of the subject waits for its next try, and so does this one. */
  async #letWait(run: EventRun): Promise<void> {
    await this.#progress.persistently(() => this.repository.release([run.claimed]));
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
