import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import request from 'supertest';
import { createPostgresDatabase, describeOnPostgres } from '../support/database.js';
import { type FakeSlack, SLACK_TOKEN, startFakeSlack } from '../support/fake-slack.js';
import { type Service, startService, stopAllServices } from '../support/service.js';
import { until } from '../support/until.js';

/** In Berlin the clocks go from 02:00 to 03:00 here. */
const CHANGE_MS = Date.parse('2026-03-29T01:00:00Z');
const SHIFTED = { script: join(import.meta.dirname, '../support/shifted-service.mjs') };
const REPLICAS = 3;
const KILLS = 4;
const KILL_EVERY_MS = 2_500;

describeOnPostgres('three replicas, one of them killed every few seconds', () => {
  let database: Awaited<ReturnType<typeof createPostgresDatabase>>;
  let db: pg.Client;
  let slack: FakeSlack;
  beforeAll(async () => {
    database = await createPostgresDatabase();
    db = new pg.Client({ connectionString: database.url });
    await db.connect();
    slack = await startFakeSlack();
  });
  afterAll(async () => {
    await stopAllServices();
    await slack.close();
    await db.end();
    await database.drop();
  });

  it('tick each second once, over a change of the clocks', async () => {
    const env = {
      DATABASE_URL: database.url,
      DATABASE_POOL_SIZE: '4',
      RATE_LIMIT_PER_MINUTE: '100000',
      SLACK_BOT_TOKEN: SLACK_TOKEN,
      SLACK_BASE_URL: slack.baseUrl,
    };
    const startMs = performance.now();
    const first = await startService(env, SHIFTED);
    await first.untilReady(60_000);
    const tookMs = performance.now() - startMs;
    await first.stop('SIGKILL');
    // The clocks change after the replicas have started and the schedules are made, however slow the machine is.
    const shiftMs = CHANGE_MS - 8_000 - 4 * tookMs - Date.now();
    const shift = { CLOCK_SHIFT_MS: String(shiftMs), DATABASE_CLOCK_SHIFT_MS: String(shiftMs) };
    const replicas: Service[] = await Promise.all(
      Array.from({ length: REPLICAS }, () => startService({ ...env, ...shift }, SHIFTED)),
    );
    await Promise.all(replicas.map((replica) => replica.untilReady(60_000)));
    const schedule = async (cron: string): Promise<string> => {
      const response = await request(replicas[0]!.url)
        .post('/schedules')
        .send({
          integration: 'slack',
          operation: 'post_message',
          params: { channel: '#ticks', text: cron },
          cron,
          timezone: 'Europe/Berlin',
          overlap: 'parallel',
          misfire: { catch_up: 1000 },
        })
        .expect(201);
      return response.body.data.id as string;
    };
    const everySecond = await schedule('* * * * * *');
    const skippedTime = await schedule('30 2 * * *');
    const nowMs = (): number => Date.now() + shiftMs;
    for (let kill = 0; kill < KILLS || nowMs() < CHANGE_MS + 2_000; kill++) {
      await delay(KILL_EVERY_MS);
      const victim = kill % REPLICAS;
      await replicas[victim]!.stop('SIGKILL');
      replicas[victim] = await startService({ ...env, ...shift }, SHIFTED);
    }
    const runs = async (id: string): Promise<{ due_at: Date; status: string }[]> =>
      (
        await db.query(
          'select due_at, status from clankerbot.schedule_runs where schedule_id = $1 order by due_at',
          [id],
        )
      ).rows;
    await Promise.all(replicas.map((replica) => replica.untilReady(60_000)));
    const lastMs = nowMs();
    await until(async () => (await runs(everySecond)).at(-1)!.due_at.getTime() >= lastMs, {
      what: 'the ticks to go on',
    });
    await request(replicas[0]!.url).patch(`/schedules/${everySecond}`).send({ paused: true }).expect(200);

    const due = (await runs(everySecond)).map((run) => run.due_at.getTime());
    expect(due.at(-1)!).toBeGreaterThan(CHANGE_MS);
    expect(due).toEqual(due.map((_ms, index) => due[0]! + index * 1000));
    expect((await runs(skippedTime)).map((run) => run.due_at.getTime())).toEqual([CHANGE_MS]);

    await until(
      async () =>
        [...(await runs(everySecond)), ...(await runs(skippedTime))].every((run) =>
          ['succeeded', 'failed'].includes(run.status),
        ),
      {
        withinMs: 60_000,
        what: 'the end of all runs',
      },
    );
    for (const [id, text] of [
      [everySecond, '* * * * * *'],
      [skippedTime, '30 2 * * *'],
    ] as const) {
      const all = await runs(id);
      const posted = slack.messages.filter((message) => message['text'] === text).length;
      // A run that was cut off in the middle of its call may or may not have been heard; no other is heard twice or never.
      expect(posted).toBeGreaterThanOrEqual(all.filter((run) => run.status === 'succeeded').length);
      expect(posted).toBeLessThanOrEqual(all.length);
    }
  }, 180_000);
});
