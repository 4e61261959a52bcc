import { Clock } from '../clock/clock.js';
import type { ApiKeysRepository, LiveKeyRow } from './api-keys.repository.js';
import { digestOf } from './api-key.js';
import type { KeyUses } from './key-uses.js';
import { ManagedKeys } from './managed-keys.js';

class SetClock extends Clock {
  timeMs = 1_000_000;
  override nowMs(): number {
    return this.timeMs;
  }
}

/** A database whose answers come when the test says so. */
class SlowRepository {
  keys: string[] = [];
  expiresAt: Date | null = null;
  queries = 0;
  readonly #answers: (() => void)[] = [];

  live(): Promise<LiveKeyRow[]> {
    this.queries += 1;
    const rows = this.keys.map((secret): LiveKeyRow => ({
      id: secret,
      name: secret,
      role: 'viewer',
      digest: digestOf(secret),
      expires_at: this.expiresAt,
      trust_model: false,
      scope: null,
      sees_payloads: true,
    }));
    const { promise, resolve } = Promise.withResolvers<LiveKeyRow[]>();
    this.#answers.push(() => resolve(rows));
    return promise;
  }

  async answerAll(): Promise<void> {
    while (this.#answers.length > 0) await this.answer();
  }

  async answer(): Promise<void> {
    this.#answers.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('managed keys in memory', () => {
  let repository: SlowRepository;
  let clock: SetClock;
  let keys: ManagedKeys;
  beforeEach(() => {
    repository = new SlowRepository();
    clock = new SetClock();
    const uses = { note: () => undefined } as unknown as KeyUses;
    keys = new ManagedKeys(repository as unknown as ApiKeysRepository, uses, clock);
  });

  afterEach(() => repository.answerAll());

  const find = (secret: string) => keys.find(digestOf(secret).toString('hex'));
  const nameOf = async (found: ReturnType<typeof find>) => (await found)?.name;

  it('cost one query a second, however many requests ask, and none in between', async () => {
    repository.keys = ['one'];
    const asked = Array.from({ length: 100 }, (_, i) => find(i % 2 ? 'one' : 'unknown'));
    await repository.answer();
    expect(await Promise.all(asked.map(nameOf))).toEqual(
      Array.from({ length: 50 }, () => [undefined, 'one']).flat(),
    );
    clock.timeMs += 999;
    expect([find('one'), find('unknown')]).toEqual([expect.objectContaining({ name: 'one' }), undefined]);
    expect(repository.queries).toBe(1);
    clock.timeMs += 1;
    expect(find('one')).toBeInstanceOf(Promise);
    expect(repository.queries).toBe(2);
  });

  it('go by the time of asking, so that a slow answer is not fresh for longer', async () => {
    const found = find('one');
    clock.timeMs += 900;
    await repository.answer();
    await found;
    clock.timeMs += 100;
    expect(find('one')).toBeInstanceOf(Promise);
  });

  it('know a key that was made while an older answer was on its way', async () => {
    const before = find('new');
    repository.keys = ['new'];
    keys.forget();
    const after = find('new');
    await repository.answer();
    await repository.answer();
    expect(await Promise.all([nameOf(before), nameOf(after)])).toEqual(['new', 'new']);
    expect(repository.queries).toBe(2);
  });

  it('expire at their instant, also in the middle of the second for which they were read', async () => {
    repository.keys = ['one'];
    repository.expiresAt = new Date(clock.timeMs + 500);
    const found = find('one');
    await repository.answer();
    expect(await nameOf(found)).toBe('one');
    clock.timeMs += 499;
    expect(find('one')).toMatchObject({ name: 'one' });
    expect(await keys.isLive('one')).toBe(true);
    clock.timeMs += 1;
    expect(find('one')).toBeUndefined();
    expect(await keys.isLive('one')).toBe(false);
    expect(repository.queries).toBe(1);
  });

  it('are read again when the clock was set back', async () => {
    const found = find('one');
    await repository.answer();
    await found;
    clock.timeMs -= 3_600_000;
    expect(find('one')).toBeInstanceOf(Promise);
  });
});
