import request from 'supertest';
import { getLoggerToken } from 'nestjs-pino';
import { FlowRunner, FlowRunnerState, FlowRunnerTools } from '../../src/flows/execution/flow-runner.js';
import { FlowWorkRepository } from '../../src/flows/execution/flow-work.repository.js';
import { flowsConfig } from '../../src/flows/flows.config.js';
import type { BackgroundTasks } from '../../src/queue/background-tasks.js';
import { Database } from '../../src/storage/database.js';
import { until } from '../support/until.js';
import { type FlowApp, startFlowApp } from './flow-app.js';

const STEPS = 10;
const HOUR_MS = 3_600_000;

/** Where a process dies: just before its nth write to the journal is committed, or just after. */
interface Death {
  atWrite: number;
  isAfter: boolean;
}

const gone = (): Promise<never> => new Promise(() => undefined);

/** The repository of a process that dies: from then on nothing it asks is ever answered, and nothing it says is heard. */
class MortalRepository extends FlowWorkRepository {
  isDead = false;
  writes = 0;
  readonly died = Promise.withResolvers<void>();

  constructor(
    db: Database,
    private readonly death: Death | undefined,
  ) {
    super(db);
  }

  override async journal(...args: Parameters<FlowWorkRepository['journal']>) {
    if (this.isDead) return gone();
    const isLast = ++this.writes === this.death?.atWrite;
    if (isLast && !this.death?.isAfter) return this.#die();
    const receipts = await super.journal(...args);
    return isLast ? this.#die() : receipts;
  }

  override claim(...args: Parameters<FlowWorkRepository['claim']>) {
    return this.isDead ? gone() : super.claim(...args);
  }
  override look(...args: Parameters<FlowWorkRepository['look']>) {
    return this.isDead ? gone() : super.look(...args);
  }
  override renew(...args: Parameters<FlowWorkRepository['renew']>) {
    return this.isDead ? gone() : super.renew(...args);
  }
  override rescue(...args: Parameters<FlowWorkRepository['rescue']>) {
    return this.isDead ? gone() : super.rescue(...args);
  }

  #die(): Promise<never> {
    this.isDead = true;
    this.died.resolve();
    return gone();
  }
}

describe('a flow whose process dies', () => {
  let app: FlowApp;
  let flowId: string;
  beforeAll(async () => {
    // This process serves the web only; the ones that work on runs, and die, are made by the tests.
    app = await startFlowApp({ env: { PROCESS_ROLE: 'web' } });
    const steps = Array.from({ length: STEPS }, (_, i) =>
      i % 3 === 2
        ? { id: `s${i}`, for_each: [i], steps: [{ action: 'sink.write', params: { n: '{{ item }}' } }] }
        : { id: `s${i}`, action: 'sink.write', params: { n: i } },
    );
    flowId = (await app.createFlow({ name: 'Ten steps', steps })).id;
  });
  afterAll(() => app.close());

  function startProcess(death?: Death): { repository: MortalRepository; stop: () => Promise<void> } {
    const repository = new MortalRepository(app.app.get(Database), death);
    const tools = app.app.get(FlowRunnerTools, { strict: false });
    const { service, metrics, clock, bell } = app.app.get(FlowRunnerState, { strict: false });
    // Of a process that does background work: the tests' own serves the web only.
    const tasks = { whenWorking: (begin: () => void) => begin() } as BackgroundTasks;
    const runner = new FlowRunner(
      new FlowRunnerTools(repository, tools.catalog, tools.guard, tools.worker),
      new FlowRunnerState(tasks, service, metrics, clock, bell),
      app.app.get(flowsConfig.token, { strict: false }),
      app.app.get(getLoggerToken('flows'), { strict: false }),
    );
    runner.onModuleInit();
    return { repository, stop: () => runner.beforeApplicationShutdown() };
  }

  async function startRun(): Promise<string> {
    app.sink.calls.length = 0;
    const response = await request(app.url).post(`/flows/${flowId}/run`).send({}).expect(202);
    return response.body.data.run.id as string;
  }

  /** As time would do it. */
  const endLeases = (): Promise<unknown> =>
    app.engine.pool.query(
      `update clankerbot.flow_runs set lease_until = now() - interval '1 second' where status = 'running'`,
    );

  async function finish(runId: string): Promise<void> {
    await endLeases();
    const { stop } = startProcess();
    const run = await app.over(runId);
    await stop();
    expect(run.status).toBe('succeeded');
    expect(app.effects().map((effect) => (effect as { n: number }).n)).toEqual(
      Array.from({ length: STEPS }, (_, i) => i),
    );
  }

  it('writes its journal often enough for these tests to mean something', async () => {
    const runId = await startRun();
    const { repository, stop } = startProcess();
    expect((await app.over(runId)).status).toBe('succeeded');
    await stop();
    expect(repository.writes).toBe(2 * STEPS + 1);
  });

  it.each([[false], [true]])(
    'has each effect once, whichever write it dies at (the write itself is committed: %s)',
    async (isAfter) => {
      for (let atWrite = 1; atWrite <= 2 * STEPS + 1; atWrite++) {
        const runId = await startRun();
        const { repository } = startProcess({ atWrite, isAfter });
        await repository.died.promise;
        await finish(runId);
      }
    },
    60_000,
  );

  it('has each effect once when process after process dies', async () => {
    const runId = await startRun();
    for (let life = 0; life < 8; life++) {
      await endLeases();
      const { repository } = startProcess({ atWrite: 1 + (life % 3), isAfter: life % 3 !== 0 });
      await repository.died.promise;
    }
    await finish(runId);
    expect((await app.look(runId)).takenOver).toBe(8);
  });

  it('is given up when it takes every process with it', async () => {
    const runId = await startRun();
    for (let life = 0; life < 11; life++) {
      await endLeases();
      const { repository } = startProcess({ atWrite: 1, isAfter: false });
      await repository.died.promise;
    }
    await endLeases();
    const { stop } = startProcess();
    const run = await app.over(runId);
    await stop();
    expect(run).toMatchObject({ status: 'failed', error: { code: 'internal_error' } });
    expect(app.sink.calls).toHaveLength(0);
  });

  it('does not count the time in which no process was there against the time that the run may take', async () => {
    const runId = await startRun();
    const { repository } = startProcess({ atWrite: 5, isAfter: true });
    await repository.died.promise;
    app.clock.forward(2 * HOUR_MS);
    await finish(runId);
  });

  it('counts what a process worked until its lease ended', async () => {
    const runId = await startRun();
    const { repository } = startProcess({ atWrite: 5, isAfter: true });
    await repository.died.promise;
    // As if it had kept its lease for two hours.
    await app.engine.pool.query(
      `update clankerbot.flow_runs set worked_since = lease_until - interval '2 hours' where id = $1`,
      [runId],
    );
    await endLeases();
    const { stop } = startProcess();
    const run = await app.over(runId);
    await stop();
    expect(run).toMatchObject({ status: 'failed', error: { code: 'limit_reached' } });
  });

  it('does not count what a process writes that was thought dead and comes back', async () => {
    const runId = await startRun();
    const held = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    let isFirst = true;
    app.sink.onExecute = async (_operation, params) => {
      if (params['n'] === 3 && isFirst) {
        isFirst = false;
        reached.resolve();
        await held.promise;
      }
      return { n: params['n'] };
    };
    const sleeper = startProcess();
    await reached.promise;
    sleeper.repository.renew = () => gone();
    await endLeases();
    const heir = startProcess();
    // The heir asks for the same key and waits for the answer that the sleeper still owes.
    await until(async () => (await app.look(runId)).takenOver === 1, { what: 'the heir' });
    held.resolve();
    const run = await app.over(runId);
    await Promise.all([sleeper.stop(), heir.stop()]);
    expect(run.status).toBe('succeeded');
    expect(app.effects().map((effect) => (effect as { n: number }).n)).toEqual(
      Array.from({ length: STEPS }, (_, i) => i),
    );
  });

  /** Stops a process in good order while a step is carried out, the nth that it is asked for. */
  async function stopDuring(n: number): Promise<void> {
    const gate = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    app.sink.onExecute = async (_operation, params) => {
      if (params['n'] === n) {
        reached.resolve();
        await gate.promise;
      }
      return {};
    };
    const { stop } = startProcess();
    await reached.promise;
    const stopped = stop();
    gate.resolve();
    await stopped;
  }

  it('finishes its step before it stops in good order, and the next process goes on', async () => {
    const runId = await startRun();
    await stopDuring(4);
    expect((await app.look(runId)).status).toBe('queued');
    expect(app.sink.calls).toHaveLength(5);
    await finish(runId);
    expect((await app.look(runId)).takenOver).toBe(0);
  });

  it('does not count the time for which it was handed back', async () => {
    const runId = await startRun();
    await stopDuring(0);
    app.clock.forward(2 * HOUR_MS);
    await finish(runId);
  });
});
