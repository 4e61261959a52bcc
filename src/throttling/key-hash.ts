import { randomFillSync } from 'node:crypto';

/** Two independent 32-bit halves of a keyed hash, made anew for each process so that nobody can aim at a bucket. */
export class KeyHash {
  high = 0;
  low = 0;
  readonly #seeds = randomFillSync(new Uint32Array(2));

  /** Leaves the halves in `high` and `low`: an object per request would be garbage on the hot path. */
  update(key: string): void {
    let a = this.#seeds[0] as number;
    let b = this.#seeds[1] as number;
    for (let i = 0; i < key.length; i++) {
      const unit = key.charCodeAt(i);
      a = Math.imul(rotate(a ^ unit, 13), 0x9e3779b1);
      b = Math.imul(rotate(b ^ unit, 17), 0x85ebca77);
    }
    a ^= b >>> 16;
    b ^= a >>> 15;
    this.high = mix(a ^ key.length);
    this.low = mix(b ^ this.high);
  }
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

/** Spreads every input bit over the word. */
function mix(value: number): number {
  let v = Math.imul(value ^ (value >>> 16), 0x7feb352d);
  v = Math.imul(v ^ (v >>> 15), 0x846ca68b);
  return (v ^ (v >>> 16)) >>> 0;
}
