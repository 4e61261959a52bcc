import { join } from 'node:path';
import { createServiceDatabase, describeOnPostgres, isOnPostgres } from '../support/database.js';
import { type Service, startService, stopAllServices } from '../support/service.js';
import { until } from '../support/until.js';

const SETTABLE = { script: join(import.meta.dirname, '../support/settable-clock-service.mjs') };
const SHIFTED = { script: join(import.meta.dirname, '../support/shifted-service.mjs') };
const AHEAD_MS = 300_000;
/** Many, so that a bucket that was filled in another hour is free again at once. */
const env = { RATE_LIMIT_PER_MINUTE: '1000000' };

interface Run {
  id: string;
  status: string;
}

/** Asks again while it is refused: callers are counted by this machine's clock. */
async function call<T>(service: Service, path: string, body?: object): Promise<T> {
  const init = body
    ? { method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }
    : {};
  let answer: { ok: boolean; data: T } | undefined;
  await until(
    async () => {
      const response = await fetch(service.url + path, init);
      answer = (await response.json()) as { ok: boolean; data: T };
      if (response.status >= 400 && response.status !== 429) throw new Error(JSON.stringify(answer));
      return response.ok;
    },
    { what: path },
  );
  return answer!.data;
}

async function startRun(service: Service, wait: unknown): Promise<string> {
  const flow = await call<{ id: string }>(service, '/flows', {
    name: 'Waits',
    steps: [{ wait }, { transform: 'done' }],
  });
  const { run } = await call<{ run: Run }>(service, `/flows/${flow.id}/run`, {});
  return run.id;
}
const statusOf = async (service: Service, id: string): Promise<string> =>
  (await call<Run>(service, `/flow-runs/${id}`)).status;

afterAll(stopAllServices);

describe('a service on a machine whose clock is set an hour ahead and back again', () => {
  let database: Awaited<ReturnType<typeof createServiceDatabase>>;
  beforeAll(async () => {
    database = await createServiceDatabase();
  });
  afterAll(async () => {
    await stopAllServices();
    await database.drop();
  });

  it('says so, counts it, and goes on with what waited for a time in between', async () => {
    const service = await startService({ ...env, ...database.env }, SETTABLE);
    await service.untilReady();
    const said = (message: string) => service.logs().filter((line) => line['message'] === message).length;
    const ownSteps = () => said("This machine's clock was set");
    const schedule = await call<{ id: string }>(service, '/schedules', {
      text: 'clockify.get_user',
      cron: '* * * * * *',
    });
    const runs = async (): Promise<number> =>
      (await call<{ items: unknown[] }>(service, `/schedules/${schedule.id}/runs?limit=200`)).items.length;
    await until(async () => (await runs()) > 0, { what: 'the first tick' });

    service.child.kill('SIGUSR2');
    await until(() => ownSteps() === 1, { what: 'the step ahead to be noticed' });
    // On a server the database has another clock, which nobody has set.
    const databaseSteps = isOnPostgres ? 0 : 1;
    const databaseSaid = () => said("The database's clock was set; what is due is worked out anew");
    await until(() => databaseSaid() === databaseSteps, { what: 'the reading' });
    const id = await startRun(service, 'PT2S');
    await until(async () => (await statusOf(service, id)) !== 'queued', { what: 'the run to begin' });
    service.child.kill('SIGUSR2');
    await until(() => ownSteps() === 2, { what: 'the step back to be noticed' });
    await until(async () => (await statusOf(service, id)) === 'succeeded', { what: 'the pause to end' });
    const before = await runs();
    await until(async () => (await runs()) > before, { what: 'the schedule to go on' });
    const metrics = await (await fetch(`${service.url}/metrics`)).text();
    expect(metrics).toContain('clock_steps_total{clock="own"} 2');
    expect(metrics).toContain(`clock_steps_total{clock="database"} ${2 * databaseSteps}`);
    await service.stop();
  }, 90_000);
});

describeOnPostgres('a replica whose clock is five minutes ahead', () => {
  let database: Awaited<ReturnType<typeof createServiceDatabase>>;
  beforeAll(async () => {
    database = await createServiceDatabase();
  });
  afterAll(async () => {
    await stopAllServices();
    await database.drop();
  });

  it('fires nothing early, takes no time of the next minutes for over, and says how far it is', async () => {
    const service = await startService(
      { ...env, ...database.env, CLOCK_SHIFT_MS: String(AHEAD_MS) },
      SHIFTED,
    );
    await service.untilReady();
    const long = await startRun(service, 'PT2M');
    const at = new Date(Date.now() + AHEAD_MS / 2).toISOString();
    const schedule = await call<{ id: string }>(service, '/schedules', { text: 'clockify.get_user', at });
    const short = await startRun(service, 'PT2S');
    await until(async () => (await statusOf(service, short)) === 'succeeded', { what: 'the short wait' });
    expect(await statusOf(service, long)).toBe('waiting');
    expect((await call<{ items: unknown[] }>(service, `/schedules/${schedule.id}/runs`)).items).toEqual([]);
    const metrics = await (await fetch(`${service.url}/metrics`)).text();
    expect(Math.round(Number(/^clock_ahead_seconds (\S+)$/m.exec(metrics)?.[1]) / 10)).toBe(
      AHEAD_MS / 10_000,
    );
    const own = "This machine's clock is not the database's, by which what is due is judged";
    expect(service.logs().map((line) => line['message'])).toContain(own);
  }, 60_000);
});
