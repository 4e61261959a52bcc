import { existsSync, readFileSync, renameSync, rmSync, utimesSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ask, doorOf, isPathTooLong } from './local-socket.js';
import { createFile, look, type Seen, Watch } from './lock-file.js';
import {
  isRunning,
  type LockOwner,
  parseOwner,
  sharesPids,
  sharesSockets,
  thisProcess,
} from './lock-owner.js';
import { makePrivate } from './private-directory.js';
import { DataDirError } from './storage.errors.js';

export const LOCK_FILE = 'clankerbot.lock';

const LOOK_EVERY_MS = 100;
const LOOKS_BEFORE_SAYING_SO = 3;
const TIMES = { beatEveryMs: 2_000, takeOverAfterMs: 10_000 };

export interface LockEvents {
  /** Told when it has to watch for a while whether the owner still lives. */
  onWait: (sentence: string) => void;
  /** Told when another process has the directory by now. Nothing may be written to it any more. */
  onLost: (error: DataDirError) => void;
}

/**
 * Keeps a second process off the embedded database, in the same container, in another, or on another machine. Promises
 * that of several that try one gets it, and that the lock of a process that is gone is taken over without help.
 */
export class DataDirLock {
  readonly #path: string;
  readonly #socketPath: string;
  #own: string | undefined;
  #beatenMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #socket: Server | undefined;
  #waiting = new AbortController();

  constructor(
    private readonly dataDir: string,
    private readonly events: LockEvents,
    private readonly times = TIMES,
  ) {
    this.#path = join(dataDir, LOCK_FILE);
    this.#socketPath = join(dataDir, 'clankerbot.sock');
  }

  async acquire(): Promise<void> {
    this.#waiting = new AbortController();
    try {
      makePrivate(this.dataDir);
      await this.#untilTaken(thisProcess(this.dataDir));
    } catch (error) {
      if (error instanceof DataDirError || this.#waiting.signal.aborted) throw error;
      throw DataDirError.notUsable(this.dataDir, error);
    }
  }

  /** Says that this process lives, and looks whether it still has the lock. Cheap enough for each access to a file. */
  beat(): void {
    const nowMs = Date.now(); // Real time, which goes on while a process or its machine stands still.
    if (this.#own === undefined || Math.abs(nowMs - this.#beatenMs) < this.times.beatEveryMs / 2) return;
    this.#beatenMs = nowMs;
    const text = this.#textNow(this.#own);
    if (text !== this.#own) return this.#lose(text);
    try {
      utimesSync(this.#path, new Date(nowMs), new Date(nowMs));
    } catch {
      // A disk that fails has its own way to say so.
    }
  }

  release(): void {
    this.#waiting.abort();
    clearInterval(this.#timer);
    const own = this.#own;
    this.#own = undefined;
    // What lies there may be another's by now, the socket as well.
    if (own === undefined || this.#textNow(own) !== own) return;
    this.#socket?.close();
    rmSync(this.#path, { force: true });
  }

  /** Where the next owner writes who it is: one at a time, because the file is made only where there is none. */
  get #nextPath(): string {
    return `${this.#path}.next`;
  }

  async #untilTaken(own: LockOwner): Promise<void> {
    const { takeOverAfterMs } = this.times;
    const [owner, rival] = [new Watch(), new Watch()];
    for (let looks = 1; ; looks++) {
      const seen = look(this.#path);
      if (await this.#isFree(seen, own, owner)) {
        if (this.#take(seen?.text, own)) return;
        // Another one takes it just now, or was killed while it did.
        if (rival.hasStoodStill(look(this.#nextPath), takeOverAfterMs))
          rmSync(this.#nextPath, { force: true });
      }
      if (looks === LOOKS_BEFORE_SAYING_SO)
        this.events.onWait(
          `DATA_DIR ${this.dataDir} was not closed in good order. It is taken over unless its last process, ` +
            `perhaps in another container or on another machine, gives a sign of life within ${takeOverAfterMs / 1000} seconds`,
        );
      await delay(LOOK_EVERY_MS, undefined, { signal: this.#waiting.signal });
    }
  }

  async #isFree(seen: Seen | undefined, own: LockOwner, watch: Watch): Promise<boolean> {
    if (seen === undefined) return true;
    const owner = parseOwner(seen.text);
    const fate = owner === undefined ? 'unknown' : await this.#fateOf(owner, own);
    if (fate === 'lives' || watch.hasMoved(seen)) throw DataDirError.inUse(this.dataDir, owner);
    return fate === 'gone' || watch.hasStoodStill(seen, this.times.takeOverAfterMs);
  }

  /** What can be known at once. */
  async #fateOf(owner: LockOwner, own: LockOwner): Promise<'lives' | 'gone' | 'unknown'> {
    if (owner.token === undefined) {
      // An earlier release, which does not say where it runs; once it is ready its door tells.
      const lives = isRunning(owner) || (await ask(doorOf(this.dataDir))) === 'listening';
      return lives ? 'lives' : 'unknown';
    }
    if (sharesPids(owner, own)) return isRunning(owner) ? 'lives' : 'gone';
    const answer = await ask(this.#socketPath);
    if (answer === 'listening') return 'lives';
    return answer === 'refused' && sharesSockets(owner, own) ? 'gone' : 'unknown';
  }

  #take(seenText: string | undefined, own: LockOwner): boolean {
    const text = JSON.stringify(own);
    if (!createFile(this.#nextPath, text)) return false;
    if (look(this.#path)?.text !== seenText) {
      rmSync(this.#nextPath, { force: true });
      return false;
    }
    this.#listen();
    renameSync(this.#nextPath, this.#path);
    this.#own = text;
    this.#beatenMs = Date.now();
    this.#timer = setInterval(() => this.beat(), this.times.beatEveryMs).unref();
    return true;
  }

  /** Where a socket is not possible the heartbeat has to do. */
  #listen(): void {
    if (isPathTooLong(this.#socketPath)) return;
    rmSync(this.#socketPath, { force: true });
    this.#socket = createServer((visitor) => visitor.destroy());
    this.#socket.on('error', () => undefined);
    this.#socket.listen(this.#socketPath).unref();
  }

  /** Whose the lock is now. Where that cannot be known it is taken for ours, till the next time. */
  #textNow(own: string): string {
    try {
      if (!existsSync(this.#path)) createFile(this.#path, own); // Somebody removed it by hand, but we live.
      return readFileSync(this.#path, 'utf8');
    } catch {
      return own;
    }
  }

  #lose(text: string): void {
    clearInterval(this.#timer);
    this.#own = undefined;
    this.events.onLost(DataDirError.lost(this.dataDir, parseOwner(text)));
  }
}
