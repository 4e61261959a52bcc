import { KeyHash } from './key-hash.js';
import { type BucketSize, takeToken, type Taken } from './token-bucket.js';

/** Stale heap entries put right per new bucket, so that no single request pays for a million of them. */
const REPAIRS_PER_INSERT = 64;

/**
 * Buckets by key in flat memory: 40 bytes each, however long the key, and no object for the garbage collector.
 * A new key takes the place of a bucket that is full again, if there is one, since forgetting that one changes
 * nothing; only when there is none and the table is at its limit is the bucket forgotten that is nearest to full.
 */
export class BucketTable {
  readonly #limit: number;
  readonly #mask: number;
  // Slots start at 1; 0 ends a chain. Memory that no slot has used yet is not resident.
  readonly #heads: Int32Array;
  readonly #next: Int32Array;
  readonly #high: Uint32Array;
  readonly #low: Uint32Array;
  readonly #fullAtUs: Float64Array;
  // A heap of slots by the time they are full. A hit only moves that time up, so the heap may lag behind: an entry
  // is brought up to date when it comes to the top, and hits do not touch the heap at all.
  readonly #heapSlots: Int32Array;
  readonly #heapFullAtUs: Float64Array;
  readonly #hash = new KeyHash();
  #size = 0;

  constructor(limit: number) {
    this.#limit = limit;
    const chains = 2 ** Math.ceil(Math.log2(limit));
    this.#mask = chains - 1;
    this.#heads = new Int32Array(chains);
    this.#next = new Int32Array(limit + 1);
    this.#high = new Uint32Array(limit + 1);
    this.#low = new Uint32Array(limit + 1);
    this.#fullAtUs = new Float64Array(limit + 1);
    this.#heapSlots = new Int32Array(limit + 1);
    this.#heapFullAtUs = new Float64Array(limit + 1);
  }

  /** How many buckets are kept, full ones included until their place is needed. */
  get size(): number {
    return this.#size;
  }

  take(key: string, size: BucketSize, nowUs: number): Taken {
    this.#hash.update(key);
    const slot = this.#find();
    if (slot === 0) {
      const taken = takeToken(0, nowUs, size);
      this.#insert(nowUs + taken.debtUs, nowUs);
      return taken;
    }
    const taken = takeToken(at(this.#fullAtUs, slot), nowUs, size);
    this.#fullAtUs[slot] = nowUs + taken.debtUs;
    return taken;
  }

  #find(): number {
    const { high, low } = this.#hash;
    let slot = at(this.#heads, high & this.#mask);
    while (slot !== 0 && (at(this.#low, slot) !== low || at(this.#high, slot) !== high)) {
      slot = at(this.#next, slot);
    }
    return slot;
  }

  #insert(fullAtUs: number, nowUs: number): void {
    const isTopFull = this.#size > 0 && this.#repairTop(nowUs);
    if (!isTopFull && this.#size < this.#limit) {
      const slot = ++this.#size;
      this.#link(slot, fullAtUs);
      this.#siftUp(slot, slot, fullAtUs);
      return;
    }
    const slot = at(this.#heapSlots, 1);
    this.#unlink(slot);
    this.#link(slot, fullAtUs);
    this.#siftDown(1, slot, fullAtUs);
  }

  #link(slot: number, fullAtUs: number): void {
    const { high, low } = this.#hash;
    this.#high[slot] = high;
    this.#low[slot] = low;
    this.#fullAtUs[slot] = fullAtUs;
    this.#next[slot] = at(this.#heads, high & this.#mask);
    this.#heads[high & this.#mask] = slot;
  }

  #unlink(slot: number): void {
    const chain = at(this.#high, slot) & this.#mask;
    const next = at(this.#next, slot);
    let before = at(this.#heads, chain);
    if (before === slot) {
      this.#heads[chain] = next;
      return;
    }
    while (at(this.#next, before) !== slot) before = at(this.#next, before);
    this.#next[before] = next;
  }

  /** Brings the top of the heap up to date; answers whether the bucket there is full. */
  #repairTop(nowUs: number): boolean {
    for (let i = 0; i < REPAIRS_PER_INSERT; i++) {
      const slot = at(this.#heapSlots, 1);
      const fullAtUs = at(this.#fullAtUs, slot);
      if (fullAtUs <= nowUs) return true;
      const isBelowLimit = this.#size < this.#limit;
      if (at(this.#heapFullAtUs, 1) >= fullAtUs || (isBelowLimit && at(this.#heapFullAtUs, 1) > nowUs))
        return false;
      this.#siftDown(1, slot, fullAtUs);
    }
    return false;
  }

  #siftUp(from: number, slot: number, fullAtUs: number): void {
    let place = from;
    while (place > 1) {
      const parent = place >> 1;
      if (at(this.#heapFullAtUs, parent) <= fullAtUs) break;
      this.#put(place, at(this.#heapSlots, parent), at(this.#heapFullAtUs, parent));
      place = parent;
    }
    this.#put(place, slot, fullAtUs);
  }

  #siftDown(from: number, slot: number, fullAtUs: number): void {
    let place = from;
    for (;;) {
      let child = place * 2;
      if (child > this.#size) break;
      if (child < this.#size && at(this.#heapFullAtUs, child + 1) < at(this.#heapFullAtUs, child)) child++;
      if (at(this.#heapFullAtUs, child) >= fullAtUs) break;
      this.#put(place, at(this.#heapSlots, child), at(this.#heapFullAtUs, child));
      place = child;
    }
    this.#put(place, slot, fullAtUs);
  }

  #put(place: number, slot: number, fullAtUs: number): void {
    this.#heapSlots[place] = slot;
    this.#heapFullAtUs[place] = fullAtUs;
  }
}

/** Every index here is within its array by construction. */
function at(array: Int32Array | Uint32Array | Float64Array, index: number): number {
  return array[index] as number;
}
