/** Ids as the vendor makes them: 24 hexadecimal digits, the first eight of them the time. */
export class SandboxIds {
  #count = 0;

  next(nowMs: number): string {
    this.#count += 1;
    const time = Math.floor(nowMs / 1000) % 0x1_0000_0000;
    return `${time.toString(16).padStart(8, '0')}${'5a6d'.padEnd(8, '0')}${this.#count.toString(16).padStart(8, '0')}`;
  }
}
