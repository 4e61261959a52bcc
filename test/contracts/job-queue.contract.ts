import type { JobQueue } from '../../src/queue/job-queue.js';
import { takesLessThan } from '../support/takes-less-than.js';
import { until } from '../support/until.js';
import type { RunningQueue } from '../support/queue.js';

export interface JobQueueFactory {
  /** A queue on the database of this suite, set up before it starts. Several may run at once. */
  start(setUp: (queue: JobQueue) => void, env?: Record<string, string>): Promise<RunningQueue>;
}

const FAST = { retryDelaySeconds: 0, retryLimit: 2 };

/** What every JobQueue promises. */
export function describeJobQueue(name: string, factory: JobQueueFactory): void {
  describe(`a job queue on ${name}`, () => {
    const running: RunningQueue[] = [];
    let counter = 0;
    const unusedName = (): string => `contract-${++counter}`;

    async function start(setUp: (queue: JobQueue) => void, env?: Record<string, string>) {
      const started = await factory.start(setUp, env);
      running.push(started);
      return started;
    }

    afterEach(async () => {
      for (const each of running.splice(0).reverse()) await each.close();
    });

    it('starts new work at once, not on the next poll', async () => {
      const name = unusedName();
      const started = new Map<number, number>();
      const { queue } = await start((q) => {
        q.define(name);
        q.work<{ n: number }>(name, { concurrency: 4 }, async (job) => {
          started.set(job.data.n, performance.now());
        });
      });
      const delays: number[] = [];
      for (let n = 0; n < 11; n++) {
        const enqueuedMs = performance.now();
        await queue.enqueue(name, [{ n }]);
        delays.push((await until(() => started.get(n), { everyMs: 1 })) - enqueuedMs);
      }
      expect(delays.sort((a, b) => a - b)[5]).toBeLessThan(300); // A poll is a second away; test/bench/queue.ts has the figure.
    });

    it('runs a job if and only if the transaction that enqueued it commits', async () => {
      const name = unusedName();
      const ran: string[] = [];
      const { queue, db } = await start((q) => {
        q.define(name);
        q.work<{ what: string }>(name, { concurrency: 1 }, async (job) => void ran.push(job.data.what));
      });
      await expect(
        db.transaction().execute(async (transaction) => {
          await queue.enqueue(name, [{ what: 'rolled back' }], { transaction });
          throw new Error('no');
        }),
      ).rejects.toThrow('no');
      let committed = 0;
      const commit = async (): Promise<void> => {
        await db.transaction().execute(async (transaction) => {
          await queue.enqueue(name, [{ what: `committed ${++committed}` }], { transaction });
        });
        await until(() => ran.length >= committed, { everyMs: 1 });
        expect(ran.at(-1)).toBe(`committed ${committed}`);
      };
      await commit();
      await takesLessThan(500, commit); // Not on the next poll, which is a second after the one before.
      expect(ran).toHaveLength(committed);
    });

    it('tries a failed job again and counts the tries', async () => {
      const name = unusedName();
      const attempts: number[] = [];
      const { queue } = await start((q) => {
        q.define(name, FAST);
        q.work(name, { concurrency: 1 }, async (job) => {
          attempts.push(job.attempt);
          if (job.attempt < 3) throw new Error('not yet');
        });
      });
      await queue.enqueue(name, [{}]);
      await until(() => attempts.length === 3);
      await until(async () => (await queue.depths()).every((depth) => depth.active === 0));
      expect(attempts).toEqual([1, 2, 3]);
      expect(await queue.deadLetters({ queue: name, limit: 10 })).toEqual([]);
    });

    it('makes a job that keeps failing a dead letter with its reason, also after it was redriven', async () => {
      const name = unusedName();
      let tries = 0;
      const { queue } = await start((q) => {
        q.define(name, { ...FAST, retryLimit: 0 });
        q.work(name, { concurrency: 1 }, async () => {
          tries++;
          throw new Error(`failure ${tries}`);
        });
      });
      await queue.enqueue(name, [{ invoice: 7 }]);
      const [letter] = await until(async () => {
        const letters = await queue.deadLetters({ queue: name, limit: 10 });
        return letters.length > 0 ? letters : undefined;
      });
      expect(letter).toMatchObject({ queue: name, data: { invoice: 7 }, reason: { message: 'failure 1' } });
      expect(await queue.redrive({ queue: name, ids: [letter?.id ?? ''] })).toBe(1);
      const [again] = await until(async () => {
        const letters = await queue.deadLetters({ queue: name, limit: 10 });
        return tries === 2 && letters.length > 0 ? letters : undefined;
      });
      expect(again).toMatchObject({ data: { invoice: 7 }, reason: { message: 'failure 2' } });
    });

    it('pages through dead letters, newest first, without losing or repeating one', async () => {
      const name = unusedName();
      const { queue } = await start((q) => {
        q.define(name, { ...FAST, retryLimit: 0 });
        q.work(name, { concurrency: 5 }, async () => Promise.reject(new Error('no')));
      });
      await queue.enqueue(
        name,
        Array.from({ length: 7 }, (_, n) => ({ n })),
      );
      await until(async () => (await queue.depths()).some((d) => d.queue === name && d.dead === 7));
      const seen: number[] = [];
      let after: { id: string; diedAt: Date } | undefined;
      for (;;) {
        const page = await queue.deadLetters({ queue: name, limit: 3, ...(after ? { after } : {}) });
        if (page.length === 0) break;
        seen.push(...page.map((letter) => (letter.data as { n: number }).n));
        after = page.at(-1);
      }
      expect(seen.sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
      expect(await queue.redrive({ queue: name })).toBe(7);
    });

    it('runs as many jobs at once as the concurrency says, never more', async () => {
      const name = unusedName();
      let running = 0;
      let most = 0;
      let done = 0;
      const { queue } = await start((q) => {
        q.define(name);
        q.work(name, { concurrency: 3 }, async () => {
          most = Math.max(most, ++running);
          await new Promise((resolve) => setTimeout(resolve, 20));
          running--;
          done++;
        });
      });
      await queue.enqueue(
        name,
        Array.from({ length: 12 }, () => ({})),
      );
      await until(() => done === 12);
      expect(most).toBe(3);
    });

    it('takes the job with the higher priority first, and no job before its time', async () => {
      const name = unusedName();
      const web = await start((q) => q.define(name), { PROCESS_ROLE: 'web' });
      const startAfter = new Date(Date.now() + 1_500);
      await web.queue.enqueue(name, [{ what: 'normal' }]);
      await web.queue.enqueue(name, [{ what: 'urgent' }], { priority: 10 });
      await web.queue.enqueue(name, [{ what: 'later' }], { startAfter });
      const ran: { what: string; at: number }[] = [];
      await start((q) => {
        q.define(name);
        q.work<{ what: string }>(name, { concurrency: 1 }, async ({ data }) => {
          ran.push({ what: data.what, at: Date.now() });
        });
      });
      await until(() => ran.length === 3);
      expect(ran.map(({ what }) => what)).toEqual(['urgent', 'normal', 'later']);
      expect(ran[2]?.at).toBeGreaterThanOrEqual(startAfter.getTime() - 50);
    });

    it('has one job of a key at a time, waiting or running, and takes the next when it is over', async () => {
      const name = unusedName();
      const running = Promise.withResolvers<void>();
      const ran: string[] = [];
      const { queue } = await start((q) => {
        q.define(name);
        q.work<{ what: string }>(name, { concurrency: 4 }, async ({ data }) => {
          ran.push(data.what);
          if (data.what === 'first') await running.promise;
        });
      });
      const single = (what: string, singletonKey: string) =>
        queue.enqueue(name, [{ what }], { singletonKey });
      expect(await single('first', 'a')).toHaveLength(1);
      await until(() => ran.includes('first'));
      expect(await single('second', 'a')).toEqual([]);
      expect(await single('other', 'b')).toHaveLength(1);
      running.resolve();
      await until(async () => (await single('next', 'a')).length === 1);
      await until(() => ran.includes('next'));
      expect(ran.sort()).toEqual(['first', 'next', 'other']);
    });

    it('leaves a dead letter dead whose key another job has', async () => {
      const name = unusedName();
      const { queue } = await start((q) => {
        q.define(name, { ...FAST, retryLimit: 0 });
        q.work(name, { concurrency: 1 }, async () => Promise.reject(new Error('no')));
      });
      await queue.enqueue(name, [{ n: 1 }], { singletonKey: 'a' });
      await until(async () => (await queue.depths())[0]?.dead === 1);
      const startAfter = new Date(Date.now() + 3_600_000);
      const [waiting] = await queue.enqueue(name, [{ n: 2 }], { singletonKey: 'a', startAfter });
      expect(await queue.redrive({ queue: name })).toBe(0);
      expect(await queue.cancel([waiting ?? ''])).toBe(1);
      expect(await queue.redrive({ queue: name })).toBe(1);
    });

    it('takes a waiting job back, and lets one that runs go on', async () => {
      const name = unusedName();
      const running = Promise.withResolvers<void>();
      const ran: string[] = [];
      const { queue } = await start((q) => {
        q.define(name);
        q.work<{ what: string }>(name, { concurrency: 1 }, async ({ data }) => {
          ran.push(data.what);
          if (data.what === 'first') await running.promise;
        });
      });
      const [first] = await queue.enqueue(name, [{ what: 'first' }]);
      await until(() => ran.includes('first'));
      const [second] = await queue.enqueue(name, [{ what: 'second' }]);
      expect(await queue.cancel([first ?? '', second ?? ''])).toBe(1);
      running.resolve();
      await queue.enqueue(name, [{ what: 'third' }]);
      await until(() => ran.includes('third'));
      expect(ran).toEqual(['first', 'third']);
    });

    it('shares the jobs out among workers, and no two of them do the same one', async () => {
      const name = unusedName();
      const ran: number[] = [];
      const setUp = (q: JobQueue): void => {
        q.define(name);
        q.work<{ n: number }>(name, { concurrency: 3 }, async ({ data }) => {
          await new Promise((resolve) => setTimeout(resolve, 5));
          ran.push(data.n);
        });
      };
      const [{ queue }] = await Promise.all([start(setUp), start(setUp), start(setUp)]);
      const all = Array.from({ length: 120 }, (_, n) => n);
      for (let n = 0; n < all.length; n += 10)
        await queue.enqueue(
          name,
          all.slice(n, n + 10).map((each) => ({ n: each })),
        );
      await until(() => ran.length >= all.length, { withinMs: 20_000 });
      await until(async () => (await queue.depths())[0]?.active === 0);
      expect(ran.sort((a, b) => a - b)).toEqual(all);
    });

    it('keeps a reason that a database cannot hold as it stands', async () => {
      const name = unusedName();
      const { queue } = await start((q) => {
        q.define(name, { ...FAST, retryLimit: 0 });
        q.work(name, { concurrency: 1 }, async () => Promise.reject(new Error('a \0 and half a \ud83d')));
      });
      await queue.enqueue(name, [{}]);
      const [letter] = await until(async () => {
        const letters = await queue.deadLetters({ queue: name, limit: 1 });
        return letters.length > 0 ? letters : undefined;
      });
      expect(letter?.reason).toMatchObject({ message: 'a \ufffd and half a \ufffd' });
    });

    it('counts a job that runs too long as failed, and tells it so', async () => {
      const name = unusedName();
      const reasons: string[] = [];
      const { queue } = await start((q) => {
        q.define(name, { ...FAST, retryLimit: 0, timeoutSeconds: 1 });
        q.work(name, { concurrency: 1 }, (job) => {
          return new Promise(() => {
            job.signal.addEventListener('abort', () => reasons.push((job.signal.reason as Error).name));
          });
        });
      });
      await queue.enqueue(name, [{}]);
      const [letter] = await until(async () => {
        const letters = await queue.deadLetters({ queue: name, limit: 1 });
        return letters.length > 0 ? letters : undefined;
      });
      expect(letter?.reason).toMatchObject({ message: expect.stringContaining('longer than 1 s') });
      expect(reasons).toEqual(['JobTimeoutError']);
    });

    it('does not work on jobs in a process that only serves the web', async () => {
      const name = unusedName();
      let ran = 0;
      const setUp = (q: JobQueue): void => {
        q.define(name);
        q.work(name, { concurrency: 1 }, async () => void ran++);
      };
      const { queue } = await start(setUp, { PROCESS_ROLE: 'web' });
      await queue.enqueue(name, [{}]);
      expect(await queue.depths()).toEqual([
        expect.objectContaining({ queue: name, ready: 1, active: 0, deferred: 0, dead: 0 }),
      ]);
      expect(ran).toBe(0);
      expect(queue.isUsable()).toBe(true);
    });
  });
}
