import { AppError } from '../../errors/app-error.js';
import { outsideWorkspace } from '../../storage/workspace.js';

export interface GathererOptions {
  /** So many waiting start a batch at once, where another may be under way; fewer wait for the sockets to be read. */
  eagerBatch: number;
  /** Batches under way while nothing waits long. */
  usualInFlight: number;
  /** Batches under way at the most. */
  maxInFlight: number;
  maxBatch: number;
  /** Past this wait another batch starts although the usual number is under way. */
  maxWaitMs: number;
  /** What is not stored by then is refused. */
  deadlineMs: number;
  /** Waiting deliveries beyond this many bytes, or a twentieth as many in number, are refused at once. */
  capacityBytes: number;
}

interface Waiting<T, R> {
  item: T;
  bytes: number;
  arrivedMs: number;
  /** Whether nobody waits for the answer any more. */
  isForsaken: () => boolean;
  resolve: (result: R) => void;
  reject: (error: unknown) => void;
}

/** Stores one batch within the time; answers one result per item, in order. */
export type StoreBatch<T, R> = (items: T[], withinMs: number) => Promise<R[]>;

const BYTES_PER_ITEM = 1_024;

/**
 * Gathers what arrives at the same time into one commit. Promises that a single arrival on an idle service is stored at
 * once, that every arrival is answered by the deadline, that what waits is bounded, and that nothing is stored whose sender
 * had gone before: not having been answered, it sends it again. A batch starts once it
 * is large enough, or the event loop has read all sockets: the embedded Postgres stores within the turn, and nobody else
 * would ever be there to join.
 */
export class DeliveryGatherer<T, R> {
  #waiting: Waiting<T, R>[] = [];
  #waitingBytes = 0;
  #inFlight = 0;
  #timer: NodeJS.Timeout | undefined;
  #isScheduled = false;

  constructor(
    private readonly options: GathererOptions,
    private readonly store: StoreBatch<T, R>,
  ) {}

  get waitingCount(): number {
    return this.#waiting.length;
  }

  add(item: T, bodyBytes: number, isForsaken: () => boolean = () => false): Promise<R> {
    const bytes = bodyBytes + BYTES_PER_ITEM;
    if (this.#waitingBytes + bytes > this.options.capacityBytes && this.#waiting.length > 0) {
      return Promise.reject(notStored('Too many deliveries wait to be stored'));
    }
    return new Promise<R>((resolve, reject) => {
      this.#waiting.push({ item, bytes, arrivedMs: performance.now(), isForsaken, resolve, reject });
      this.#waitingBytes += bytes;
      const isEnough = this.#waiting.length >= this.options.eagerBatch;
      if (isEnough && this.#inFlight < this.options.maxInFlight) this.#startBatch();
      else this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#flushOrWait();
    });
  }

  #flushOrWait(): void {
    while (this.#waiting.length > 0 && this.#inFlight < this.options.usualInFlight) this.#startBatch();
    if (this.#waiting.length === 0 || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => this.#onTimer(), this.options.maxWaitMs);
  }

  #onTimer(): void {
    this.#timer = undefined;
    this.#refuseExpired();
    if (this.#waiting.length > 0 && this.#inFlight < this.options.maxInFlight) this.#startBatch();
    this.#flushOrWait();
  }

  #refuseExpired(): void {
    const nowMs = performance.now();
    while (this.#waiting[0] && nowMs - this.#waiting[0].arrivedMs > this.options.deadlineMs) {
      const [expired] = this.#take(1);
      expired?.reject(notStored('The delivery could not be stored in time'));
    }
  }

  #startBatch(): void {
    const [forsaken, batch] = partition(this.#take(this.options.maxBatch), ({ isForsaken }) => isForsaken());
    for (const { reject } of forsaken) reject(notStored('Its sender has gone before it was stored'));
    if (batch.length === 0) return;
    this.#inFlight++;
    outsideWorkspace(() => this.#runBatch(batch)).finally(() => {
      this.#inFlight--;
      this.#schedule();
    });
  }

  #take(count: number): Waiting<T, R>[] {
    const taken = this.#waiting.splice(0, count);
    for (const { bytes } of taken) this.#waitingBytes -= bytes;
    return taken;
  }

  /** All of a batch is stored or none of it, so all of it is answered alike. */
  async #runBatch(batch: Waiting<T, R>[]): Promise<void> {
    const waitedMs = performance.now() - (batch[0]?.arrivedMs ?? 0);
    try {
      const results = await this.store(
        batch.map(({ item }) => item),
        Math.max(this.options.deadlineMs - waitedMs, this.options.deadlineMs / 5),
      );
      batch.forEach(({ resolve }, i) => resolve(results[i] as R));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}

function partition<T>(items: readonly T[], isFirst: (item: T) => boolean): [T[], T[]] {
  const isOf = items.map(isFirst);
  return [items.filter((_item, i) => isOf[i]), items.filter((_item, i) => !isOf[i])];
}

export function notStored(message: string, cause?: unknown): AppError {
  return new AppError('unavailable', message, { retryAfterSeconds: 1, cause });
}
