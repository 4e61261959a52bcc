import { sql } from 'kysely';
import type { NewTask } from '../../src/agent/tasks/new-task.js';
import { OWN_BRANCH } from '../../src/agent/gate/push-rule.js';
import { TaskControl } from '../../src/agent/tasks/task-control.js';
import { TaskEffects } from '../../src/agent/tasks/task-effects.js';
import { type TaskClaim, TaskQueue } from '../../src/agent/tasks/task-queue.js';
import type { TaskRow } from '../../src/agent/tasks/tasks.tables.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';

const LIMITS = { concurrent: 3, perActorAndHour: 100 };
const issue = (number: number, more: Partial<NewTask> = {}): NewTask => ({
  repositoryId: 1,
  repository: 'acme/site',
  subject: 'issue',
  number,
  occasion: '2026-11-30T12:00:00Z',
  actor: { id: 9_007_199_254, login: 'ann' },
  request: { title: 'It does not load' },
  ...more,
});

describe('the tasks of the bot', () => {
  let database: TestDatabase;
  let queue: TaskQueue;
  let other: TaskQueue;
  let control: TaskControl;
  let effects: TaskEffects;
  beforeAll(async () => {
    database = await openTestDatabase();
    queue = new TaskQueue(database.db);
    other = new TaskQueue(database.db);
    control = new TaskControl(database.db);
    effects = new TaskEffects(database.db);
  });
  beforeEach(() => database.truncate());
  afterAll(() => database.close());

  const add = async (task: NewTask): Promise<string> => (await queue.enqueue(task)).id;
  const claim = async (from = queue, limits = LIMITS): Promise<TaskRow> => {
    const task = await from.claim(limits);
    if (!task) throw new Error('There is no task to be had');
    return task;
  };
  const taskOf = async (id: string): Promise<TaskRow> =>
    database.db.selectFrom('agent_tasks').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
  const stepsOf = async (id: string): Promise<string[]> =>
    (
      await database.db
        .selectFrom('agent_task_steps')
        .selectAll()
        .where('task_id', '=', id)
        .orderBy('number')
        .execute()
    ).map(({ to_state, claims }) => `${to_state} ${claims}`);
  /** As if so long nobody had heard of its worker. */
  const lose = (id: string) =>
    sql`update clankerbot.agent_tasks set lease_until = now() - interval '1 second' where id = ${id}`.execute(
      database.db,
    );
  const count = async (): Promise<number> =>
    Number(
      (await sql<{ n: string }>`select count(*) as n from clankerbot.agent_tasks`.execute(database.db))
        .rows[0]?.n,
    );

  describe('being asked for', () => {
    it('come once of one occasion, however often and by how many at a time it is told of', async () => {
      const told = await Promise.all(
        Array.from({ length: 8 }, (_, i) => (i % 2 ? queue : other).enqueue(issue(7))),
      );
      expect(new Set(told.map(({ id }) => id)).size).toBe(1);
      expect(told.filter(({ isNew }) => isNew)).toHaveLength(1);
      expect(await count()).toBe(1);
    });

    it('stay known when they have ended', async () => {
      const id = await add(issue(7));
      await control.cancel(id);
      expect(await queue.enqueue(issue(7))).toEqual({ id, isNew: false });
    });

    it('are one at a time for an issue, and what was asked meanwhile is not asked again afterwards', async () => {
      const id = await add(issue(7));
      expect(await queue.enqueue(issue(7, { occasion: 'again' }))).toEqual({ id, isNew: false });
      const held = await claim();
      await queue.move(held, { to: 'failed' });
      expect(await queue.enqueue(issue(7, { occasion: 'again' }))).toEqual({ id, isNew: false });
      expect(await queue.enqueue(issue(7, { occasion: 'and again' }))).toMatchObject({ isNew: true });
    });

    it('are each one for a pull request, one after the other', async () => {
      const comment = (occasion: string): NewTask =>
        issue(8, { subject: 'pull', branch: 'clankerbot/issue-7-0123abcd', occasion });
      await add(comment('comment:1'));
      await add(comment('comment:2'));
      const first = await claim();
      expect(await queue.claim(LIMITS)).toBeUndefined();
      await queue.move(first, { to: 'failed' });
      expect((await claim()).id).not.toBe(first.id);
    });

    it('have a branch that has nothing of a person in it, the same for the same occasion', async () => {
      const id = await add(issue(7, { request: { title: '--force; $(x) `y` ../main' } }));
      const { branch } = await taskOf(id);
      expect(branch).toMatch(OWN_BRANCH);
      expect(branch).toMatch(/^clankerbot\/issue-7-/);
    });

    it('are not there when the transaction that they are part of is not', async () => {
      const asking = database.db.transaction().execute(async (transaction) => {
        await queue.enqueue(issue(7), transaction);
        throw new Error('the handler fails');
      });
      await expect(asking).rejects.toThrow('the handler fails');
      expect(await queue.enqueue(issue(7))).toMatchObject({ isNew: true });
    });
  });

  describe('in line', () => {
    it('go by priority, then by age', async () => {
      const ids = [await add(issue(1)), await add(issue(2, { priority: 3 })), await add(issue(3))];
      await control.prioritise(ids[2]!, 2);
      expect([(await claim()).id, (await claim()).id, (await claim()).id]).toEqual([ids[1], ids[2], ids[0]]);
    });

    it('are given to one worker each, to no more workers than may be', async () => {
      for (let number = 1; number <= 6; number++) await add(issue(number));
      const given = await Promise.all(
        Array.from({ length: 8 }, (_, i) => (i % 2 ? queue : other).claim(LIMITS)),
      );
      const ids = given.flatMap((task) => (task ? [task.id] : []));
      expect([ids.length, new Set(ids).size]).toEqual([3, 3]);
    });

    it('of one person wait when too many of his have begun within the hour, and let others pass', async () => {
      for (let number = 1; number <= 3; number++) await add(issue(number));
      await add(issue(4, { actor: { id: 2, login: 'bob' } }));
      const limits = { concurrent: 10, perActorAndHour: 2 };
      const numbers = [
        await claim(queue, limits),
        await claim(queue, limits),
        await claim(queue, limits),
      ].map((task) => task.number);
      expect(numbers).toEqual([1, 2, 4]);
      expect(await queue.claim(limits)).toBeUndefined();
      await sql`update clankerbot.agent_tasks set started_at = started_at - interval '61 minutes'`.execute(
        database.db,
      );
      expect((await claim(queue, limits)).number).toBe(3);
    });

    it('wait while they are paused, not approved, or not due', async () => {
      const paused = await add(issue(1));
      await control.pause(paused);
      const unapproved = await add(issue(2, { needsApproval: true }));
      const later = await add(issue(3));
      await queue.move(await claim(), { to: 'queued', delaySeconds: 3600 });
      expect(await queue.claim(LIMITS)).toBeUndefined();
      await control.resume(paused);
      await control.approve(unapproved);
      expect([(await claim()).id, (await claim()).id]).toEqual([paused, unapproved]);
      expect((await taskOf(later)).state).toBe('queued');
    });
  });

  describe('in work', () => {
    it('go from state to state, and tell the way', async () => {
      const id = await add(issue(7));
      const task = await claim();
      for (const to of ['preparing', 'running', 'verifying', 'pushed'] as const)
        expect(await queue.move(task, { to })).toBe(true);
      expect(await queue.move(task, { to: 'open', pullRequest: 8, note: 'as a draft' })).toBe(true);
      expect(await taskOf(id)).toMatchObject({
        state: 'open',
        worker: null,
        pull_request: 8,
        ended_at: null,
      });
      await control.done(id);
      expect(await taskOf(id)).toMatchObject({ state: 'done', ended_at: expect.any(Date) });
      expect(await stepsOf(id)).toEqual([
        'queued 0',
        'claimed 1',
        'preparing 1',
        'running 1',
        'verifying 1',
        'pushed 1',
        'open 1',
        'done 1',
      ]);
    });

    it('skip no state', async () => {
      await add(issue(7));
      const task = await claim();
      expect(await queue.move(task, { to: 'pushed' })).toBe(false);
      expect(await queue.move(task, { to: 'open' })).toBe(false);
      expect((await taskOf(task.id)).state).toBe('claimed');
    });

    it('go on with another when their worker is lost, whose words do not count any more', async () => {
      const id = await add(issue(7));
      const lost = await claim();
      await queue.move(lost, { to: 'preparing' });
      await queue.spend(lost, 1_500_000);
      expect(await other.recoverLost()).toBe(0);
      await lose(id);
      expect(await other.recoverLost()).toBe(1);
      const next = await claim(other);
      expect([next.id, next.claims, Number(next.spent_micros)]).toEqual([id, 2, 1_500_000]);
      expect(await queue.renew(lost)).toBeUndefined();
      expect(await queue.move(lost, { to: 'running' })).toBe(false);
      expect(await effects.begin(lost, 'push')).toEqual({ is: 'not_ours' });
      expect(await other.renew(next)).toEqual({ isCancelled: false, isPaused: false });
      // What it has paid is paid.
      expect(await queue.spend(lost, 500_000)).toBe(2_000_000);
    });

    it('fail when their worker has been lost too often', async () => {
      const id = await add(issue(7));
      for (let attempt = 1; attempt <= 3; attempt++) {
        await claim();
        await lose(id);
        await queue.recoverLost();
      }
      expect(await taskOf(id)).toMatchObject({ state: 'failed', reason: 'worker_lost', worker: null });
    });

    it('are handed back as if they had not been begun', async () => {
      const id = await add(issue(7));
      for (let attempt = 1; attempt <= 5; attempt++)
        await queue.move(await claim(), { to: 'queued', isHandBack: true });
      expect(await taskOf(id)).toMatchObject({ state: 'queued', attempts: 0, claims: 5 });
    });

    it('are ended by their worker when somebody cancels them, and go no further', async () => {
      const id = await add(issue(7));
      const task = await claim();
      await control.cancel(id);
      expect((await taskOf(id)).state).toBe('claimed');
      expect(await queue.renew(task)).toEqual({ isCancelled: true, isPaused: false });
      expect(await queue.move(task, { to: 'preparing' })).toBe(false);
      expect(await queue.move(task, { to: 'cancelled' })).toBe(true);
      expect(await taskOf(id)).toMatchObject({ state: 'cancelled', worker: null });
    });

    it('are cancelled although the worker that was to end them is lost', async () => {
      const id = await add(issue(7));
      await claim();
      await control.cancel(id);
      await lose(id);
      await queue.recoverLost();
      expect((await taskOf(id)).state).toBe('cancelled');
    });
  });

  describe('ended', () => {
    it('can be tried again, with new tries', async () => {
      const id = await add(issue(7));
      await queue.move(await claim(), { to: 'failed', reason: 'model_refused' });
      expect(await taskOf(id)).toMatchObject({
        state: 'failed',
        reason: 'model_refused',
        ended_at: expect.any(Date),
      });
      await control.retry(id);
      expect(await taskOf(id)).toMatchObject({ state: 'queued', attempts: 0, reason: null, ended_at: null });
      expect((await claim()).claims).toBe(2);
    });

    it('cannot be tried again while another works on the issue', async () => {
      const id = await add(issue(7));
      await control.cancel(id);
      await add(issue(7, { occasion: 'later' }));
      await expect(control.retry(id)).rejects.toMatchObject({ code: 'conflict' });
    });

    it.each(['approve', 'retry', 'done'] as const)('say why they cannot be what %s wants', async (what) => {
      const id = await add(issue(7));
      await expect(control[what](id)).rejects.toMatchObject({
        code: 'conflict',
        details: { state: 'queued' },
      });
    });

    it.each(['approve', 'retry', 'done', 'cancel', 'pause', 'resume'] as const)(
      'are not made up: %s of one that is not there',
      async (what) => {
        await expect(control[what]('01NONE')).rejects.toMatchObject({ code: 'not_found' });
      },
    );
  });

  describe('what they do outside', () => {
    const begun = async (): Promise<TaskClaim> => {
      await add(issue(7));
      return claim();
    };

    it('is done once, and its result is known to whoever goes on', async () => {
      const task = await begun();
      expect(await effects.begin(task, 'pull-request')).toEqual({ is: 'first' });
      await effects.finish(task, 'pull-request', { number: 8 });
      await lose(task.id);
      await queue.recoverLost();
      const next = await claim(other);
      expect(await effects.begin(next, 'pull-request')).toEqual({ is: 'done', result: { number: 8 } });
      await effects.finish(next, 'pull-request', { number: 9 });
      expect(await effects.begin(next, 'pull-request')).toEqual({ is: 'done', result: { number: 8 } });
    });

    it('is looked for where nobody knows how it ended', async () => {
      const task = await begun();
      await effects.begin(task, 'push');
      await lose(task.id);
      await queue.recoverLost();
      const next = await claim(other);
      expect(await effects.begin(next, 'push')).toEqual({ is: 'unsure' });
    });

    it('is told to nobody twice for the first time, however many ask', async () => {
      const task = await begun();
      const told = await Promise.all(Array.from({ length: 6 }, () => effects.begin(task, 'push')));
      expect(told.filter(({ is }) => is === 'first')).toHaveLength(1);
    });

    it('is begun anew where it certainly was not done', async () => {
      const task = await begun();
      await effects.begin(task, 'push');
      await effects.undo(task, 'push');
      expect(await effects.begin(task, 'push')).toEqual({ is: 'first' });
      await effects.finish(task, 'push', null);
      await effects.undo(task, 'push');
      expect(await effects.begin(task, 'push')).toEqual({ is: 'done', result: null });
    });
  });
});
