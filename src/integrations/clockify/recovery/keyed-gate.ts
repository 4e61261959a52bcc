interface Entry {
  active: Set<Promise<unknown>>;
  exclusive: Promise<unknown> | undefined;
  /** Works that are alone or wait to be. */
  pending: number;
}

/** Per key: many works at once, or one work alone. Whoever asks to be alone is next; later works wait for it. */
export class KeyedGate {
  readonly #entries = new Map<string, Entry>();

  async together<T>(key: string, work: () => Promise<T>): Promise<T> {
    let entry = this.#entry(key);
    while (entry.exclusive) {
      await entry.exclusive;
      entry = this.#entry(key); // The one before may have been forgotten meanwhile.
    }
    const running = work();
    entry.active.add(running);
    try {
      return await running;
    } finally {
      entry.active.delete(running);
      this.#forget(key, entry);
    }
  }

  async alone<T>(key: string, work: () => Promise<T>): Promise<T> {
    const entry = this.#entry(key);
    entry.pending += 1;
    const before = entry.exclusive;
    const running = this.#after(entry, before, work);
    const settled = running.then(
      () => undefined,
      () => undefined,
    );
    entry.exclusive = settled;
    try {
      return await running;
    } finally {
      entry.pending -= 1;
      if (entry.exclusive === settled) entry.exclusive = undefined;
      this.#forget(key, entry);
    }
  }

  /** How many are alone, or wait to be, under this key. */
  pending(key: string): number {
    return this.#entries.get(key)?.pending ?? 0;
  }

  async #after<T>(entry: Entry, before: Promise<unknown> | undefined, work: () => Promise<T>): Promise<T> {
    await before;
    await Promise.allSettled(entry.active);
    return work();
  }

  #entry(key: string): Entry {
    let entry = this.#entries.get(key);
    if (!entry) {
      entry = { active: new Set(), exclusive: undefined, pending: 0 };
      this.#entries.set(key, entry);
    }
    return entry;
  }

  #forget(key: string, entry: Entry): void {
    if (entry.active.size === 0 && !entry.exclusive && this.#entries.get(key) === entry)
      this.#entries.delete(key);
  }
}
