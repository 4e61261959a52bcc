import request from 'supertest';
import { FlowWorkRepository } from '../../src/flows/execution/flow-work.repository.js';
import { describeOnPostgres } from '../support/database.js';
import { until } from '../support/until.js';
import { type FlowApp, startFlowApp } from './flow-app.js';

const HOUR_MS = 3_600_000;
const ended = (at: Date) => ({ status: 'succeeded' as const, at, result: 'done', error: null, stepCount: 1 });

describe('claims of flow runs', () => {
  let app: FlowApp;
  let repository: FlowWorkRepository;
  beforeAll(async () => {
    // This process serves the web only; the tests claim as other processes would.
    app = await startFlowApp({ env: { PROCESS_ROLE: 'web' } });
    repository = app.app.get(FlowWorkRepository, { strict: false });
  });
  afterAll(() => app.close());
  beforeEach(() => app.engine.pool.query('delete from clankerbot.flow_runs'));

  const now = (): Date => app.clock.now();
  const claim = (owner: string, limit = 10, perWorkspace = 100) =>
    repository.claim({ owner, now: now(), limit, leaseSeconds: 60, perWorkspace });
  const claimOf = (row: { id: string; claims: number }) => ({ runId: row.id, number: row.claims });

  async function flow(limits: object = {}): Promise<string> {
    return (await app.createFlow({ name: 'Any', steps: [{ transform: 1 }], limits })).id;
  }

  async function start(flowId: string, event: object = {}): Promise<string> {
    const response = await request(app.url).post(`/flows/${flowId}/run`).send({ event }).expect(202);
    return response.body.data.run.id as string;
  }

  /** As many runs like this one, all of which have waited longer. */
  const multiply = (runId: string, count: number): Promise<unknown> =>
    app.engine.pool.query(
      `insert into clankerbot.flow_runs (id, flow_id, flow_version, trigger_key, origin, workspace_id, input, status,
         ready_at, max_concurrency, chain, created_at, request_id, created_by)
       select id || n, flow_id, flow_version, trigger_key || n, origin, workspace_id, input, status,
         ready_at - interval '1 hour', max_concurrency, chain, created_at, request_id, created_by
       from clankerbot.flow_runs, generate_series(1, $2::int) n where id = $1`,
      [runId, count],
    );

  const rowOf = async (id: string): Promise<{ status: string; ready_at: Date; lease_until: Date | null }> =>
    (await app.engine.pool.query('select * from clankerbot.flow_runs where id = $1', [id])).rows[0];

  it('have a number each: what is said under an earlier one does not count', async () => {
    const id = await start(await flow());
    const [first] = await claim('one');
    await repository.release('one', [claimOf(first!)], { now: now() });
    const [second] = await claim('two');
    await repository.release('two', [claimOf(second!)], { now: now() });
    const [third] = await claim('one');
    expect([first, second, third].map((row) => row?.id)).toEqual([id, id, id]);

    const late = { claim: claimOf(first!), steps: [], effects: [] };
    const receipts = await repository.journal('one', [{ ...late, change: ended(now()) }], now());
    expect(receipts).toEqual([{ isOurs: false, isCancelRequested: false }]);
    expect(await repository.journal('one', [late], now())).toMatchObject([{ isOurs: false }]);
    const before = await rowOf(id);
    expect(await repository.renew('one', [claimOf(first!)], { seconds: 600, now: now() })).toEqual([]);
    await repository.release('one', [claimOf(first!)], { now: now() });
    expect(await rowOf(id)).toEqual(before);

    const own = { claim: claimOf(third!), steps: [], effects: [], change: ended(now()) };
    expect(await repository.journal('one', [own], now())).toMatchObject([{ isOurs: true }]);
    expect((await rowOf(id)).status).toBe('succeeded');
  });

  it.each<[string, object, string | undefined, number]>([
    ['a flow', { concurrency: 1 }, undefined, 100],
    ['a workspace', {}, 'crowded', 1],
  ])(
    'step over the many that wait behind the limit of %s',
    async (_what, limits, workspaceId, perWorkspace) => {
      const many = await flow(limits);
      await multiply(await start(many, { workspaceId }), 2_500);
      expect(await claim('one', 1, perWorkspace)).toHaveLength(1);
      const others = [await start(await flow()), await start(await flow(), { workspaceId: 'quiet' })];
      const taken = await claim('two', 10, perWorkspace);
      expect(taken.map((row) => row.id).toSorted()).toEqual(others.toSorted());
      expect(await claim('two', 10, perWorkspace)).toEqual([]);
    },
  );

  it('take those first that have waited longest, and no more than the limit lets in', async () => {
    const wide = await flow();
    const ids = [await start(wide), await start(wide), await start(wide)];
    expect((await claim('one', 2)).map((row) => row.id).toSorted()).toEqual(ids.slice(0, 2).toSorted());
    const narrow = await flow({ concurrency: 2 });
    for (let i = 0; i < 4; i++) await start(narrow);
    const taken = await claim('one', 10);
    expect(taken.filter((row) => row.flow_id === narrow)).toHaveLength(2);
    expect(await claim('two', 10)).toEqual([]);
  });

  it('hear of the end of a called run also where it comes in the millisecond of the claim', async () => {
    const caller = await start(await flow());
    const called = await start(await flow());
    await app.engine.pool.query(
      `update clankerbot.flow_runs set parent_run_id = $1, parent_path = 'call' where id = $2`,
      [caller, called],
    );
    const at = now();
    const rows = await repository.claim({
      owner: 'one',
      now: at,
      limit: 2,
      leaseSeconds: 60,
      perWorkspace: 10,
    });
    const entry = (id: string) => ({
      claim: claimOf(rows.find((row) => row.id === id)!),
      steps: [],
      effects: [],
    });
    await repository.journal('one', [{ ...entry(called), change: ended(at) }], at);
    const readyAt = new Date(at.getTime() + HOUR_MS);
    const sleep = { status: 'waiting' as const, readyAt, deadlineAt: null, stepCount: 1 };
    await repository.journal('one', [{ ...entry(caller), change: sleep }], at);
    expect((await rowOf(caller)).ready_at).toEqual(at);
  });

  it('are not taken from a process that holds them, however late it is; from another one they are', async () => {
    await start(await flow());
    const [row] = await claim('one');
    await app.engine.pool.query(`update clankerbot.flow_runs set lease_until = now() - interval '1 minute'`);
    const held = [claimOf(row!)];
    const limits = { now: now(), rescuesMax: 10 };
    await until(async () => (await repository.look('two', [], now())).leaseEndsInMs <= 0, {
      what: 'the lease to end',
    });
    expect((await repository.look('one', held, now())).leaseEndsInMs).toBe(Infinity);
    expect(await repository.rescue('one', held, limits)).toBe(0);
    expect(await repository.renew('one', held, { seconds: 60, now: now() })).toHaveLength(1);
    expect(await repository.rescue('two', [], limits)).toBe(0);
    await app.engine.pool.query(`update clankerbot.flow_runs set lease_until = now() - interval '1 minute'`);
    expect(await repository.rescue('two', [], limits)).toBe(1);
    expect(await repository.renew('one', held, { seconds: 60, now: now() })).toEqual([]);
  });

  it('say when there will be something to do', async () => {
    const id = await start(await flow());
    expect(await repository.look('one', [], now())).toMatchObject({ hasReady: true, readyInMs: Infinity });
    const at = now();
    await app.engine.pool.query('update clankerbot.flow_runs set ready_at = $2 where id = $1', [
      id,
      new Date(at.getTime() + 5_000),
    ]);
    expect(await repository.look('one', [], at)).toEqual({
      hasReady: false,
      readyInMs: 5_000,
      leaseEndsInMs: Infinity,
    });
  });
});

describeOnPostgres('two processes that claim flow runs at the same moment', () => {
  let app: FlowApp;
  beforeAll(async () => {
    app = await startFlowApp({ env: { PROCESS_ROLE: 'web' } });
  });
  afterAll(() => app.close());

  it('do so one after the other, because each counts what runs', async () => {
    const repository = app.app.get(FlowWorkRepository, { strict: false });
    const { id } = await app.createFlow({
      name: 'One',
      steps: [{ transform: 1 }],
      limits: { concurrency: 1 },
    });
    for (let i = 0; i < 2; i++) await request(app.url).post(`/flows/${id}/run`).send({}).expect(202);
    const rival = await app.engine.pool.connect();
    await rival.query('begin');
    await rival.query(`select 1 from clankerbot.flow_latch where name = 'claims' for update`);
    const claiming = ['two', 'three'].map((owner) =>
      repository.claim({ owner, now: app.clock.now(), limit: 1, leaseSeconds: 60, perWorkspace: 10 }),
    );
    await until(
      async () => {
        // Within a transaction the server would show what it showed at first.
        const { rows } = await app.engine.pool.query(
          `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        );
        return rows.length === 2;
      },
      { what: 'both to wait' },
    );
    await rival.query('commit');
    rival.release();
    expect((await Promise.all(claiming)).flat()).toHaveLength(1);
  });
});
