import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { createDatabase } from '../../src/storage/database.js';
import { readBackupFile } from '../../src/storage/backup/backup-file.js';
import { loadBackup } from '../../src/storage/backup/backup-loader.js';
import { COPY_PREFIX } from '../../src/storage/left-copies.js';
import { doorOf } from '../../src/storage/local-socket.js';
import { DatabaseMigrator } from '../../src/storage/migrator.js';
import { PgliteEngine } from '../../src/storage/pglite-engine.js';
import { isOnPostgres } from '../support/database.js';
import { fillWithEvents } from '../support/many-events.js';
import { emptyDirectory, type Service, startService, stopAllServices } from '../support/service.js';
import { until } from '../support/until.js';

const EVENTS = 50_000;
const SETTINGS = { WEBHOOK_SHARED_SECRET: 'a-secret', WEBHOOK_RATE_LIMIT_PER_MINUTE: '1000000' };

/** Each delivery starts a run of this. */
const FLOW = {
  name: 'Waits',
  trigger: { source: 'clockify', events: ['NEW_TIME_ENTRY'] },
  steps: [{ wait: 'PT1H' }],
};

const describeEmbedded = isOnPostgres ? describe.skip : describe;

describeEmbedded('a backup beside a service with many events', () => {
  const env = { ...SETTINGS, DATA_DIR: join(emptyDirectory(), 'data') };
  let service: Service;
  let delivered = 0;
  let refused = 0;

  beforeAll(async () => {
    const engine = new PgliteEngine(env.DATA_DIR);
    await engine.open();
    await new DatabaseMigrator(engine).migrate();
    await fillWithEvents(engine, EVENTS, { nowMs: Date.now() });
    await engine.close();
    service = await startService(env);
    await service.untilReady();
  }, 300_000);
  afterAll(stopAllServices);

  /** Delivers one event, again when it is refused, as senders do. */
  async function deliver(): Promise<string> {
    const n = ++delivered;
    for (;;) {
      const answer = await fetch(`${service.url}/webhooks/clockify`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-webhook-secret': 'a-secret',
          'x-clockify-event-id': `during_${n}`,
          'clockify-webhook-event-type': 'NEW_TIME_ENTRY',
        },
        body: JSON.stringify({ id: `entry${n}`, description: 'x'.repeat(500) }),
      });
      const { data } = (await answer.json()) as { data?: { eventId: string } };
      if (data !== undefined) return data.eventId;
      expect(answer.status).toBe(503);
      refused++;
    }
  }

  async function deliverUntil(isOver: () => boolean): Promise<string[]> {
    const ids: string[] = [];
    while (!isOver()) ids.push(await deliver());
    return ids;
  }

  const copies = (): string[] => readdirSync(env.DATA_DIR).filter((name) => name.startsWith(COPY_PREFIX));

  /** A visitor that takes no step once it has been let in. */
  async function visitorInside(): Promise<Socket> {
    const visitor = createConnection(doorOf(env.DATA_DIR));
    await once(visitor, 'data');
    return visitor;
  }

  it('goes on with deliveries, loses none, and is of one moment', async () => {
    const saved = await fetch(`${service.url}/flows`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(FLOW),
    });
    expect(saved.status).toBe(201);
    const before = await deliverUntil(() => delivered >= 50);
    const file = join(emptyDirectory(), 'backup.gz');
    const command = start([file], env.DATA_DIR);
    const during = await deliverUntil(() => command.child.exitCode !== null);
    expect([await command.code, command.said()]).toEqual([0, expect.stringContaining('Backed up')]);
    expect(during.length).toBeGreaterThan(20);
    // A busy machine may let one wait for too long; the backup has to do with none.
    expect(refused * 20).toBeLessThanOrEqual(during.length);

    const stored = await inOrder(service);
    expect([...before, ...during].filter((id) => !stored.includes(id))).toEqual([]);
    expect(stored).toHaveLength(before.length + during.length);
    const restored = await restore(file);
    const { rows } = await restored.pool.query<{ id: string }>(
      `select id from clankerbot.events where type = 'NEW_TIME_ENTRY' order by seq`,
    );
    const kept = rows.map(({ id }) => id);
    expect(before.filter((id) => !kept.includes(id))).toEqual([]);
    // Up to one moment all of them, and none of those that came later.
    expect(kept).toEqual(stored.slice(0, kept.length));
    expect(kept.length).toBeLessThan(stored.length);
    expect(await faultsOf(restored)).toEqual([]);
    await restored.close();
  }, 300_000);

  it('is one at a time, and of one that went away nothing is left', async () => {
    const visitor = await visitorInside();
    expect(copies()).toHaveLength(1);
    const second = start([join(emptyDirectory(), 'b.gz')], env.DATA_DIR);
    expect([await second.code, second.said()]).toEqual([
      1,
      'Another backup is being taken of this service. Try again when it is done.\n',
    ]);
    visitor.destroy();
    await until(() => copies().length === 0, { what: 'the copy to be removed' });
  }, 60_000);

  it('that is killed in the middle leaves nothing, and the next one is taken', async () => {
    const file = join(emptyDirectory(), 'b.gz');
    const killed = start([file], env.DATA_DIR);
    await until(() => copies().some((name) => existsSync(join(env.DATA_DIR, name, 'base'))));
    killed.child.kill('SIGKILL');
    await killed.code;
    await until(() => copies().length === 0, { what: 'the copy to be removed' });
    expect(await deliver()).toMatch(/./);
    const next = start([join(emptyDirectory(), 'b.gz')], env.DATA_DIR);
    expect([await next.code, next.said()]).toEqual([0, expect.stringContaining('Backed up')]);
    expect(copies()).toEqual([]);
  }, 120_000);

  it('has no end when the service did not live as long, and the next start removes the copy', async () => {
    // Its reader stands still, so the command is in mid-backup for as long as it takes us.
    const command = start(['-'], env.DATA_DIR);
    await until(() => copies().some((name) => existsSync(join(env.DATA_DIR, name, 'postmaster.pid'))), {
      withinMs: 120_000,
      what: 'the copy to be opened',
    });
    // As it was started it would take half a gigabyte.
    expect(readFileSync(`/proc/${command.child.pid}/cmdline`, 'utf8')).toContain('--liftoff-only');
    await service.stop('SIGKILL');
    command.child.stdout.resume();
    expect([await command.code, command.said()]).toEqual([
      1,
      'The service ended the backup, or ended itself. Try again.\n',
    ]);
    // As a command leaves it that is killed with the service.
    const left = join(env.DATA_DIR, `${COPY_PREFIX}left`);
    mkdirSync(left);
    writeFileSync(join(left, 'file'), 'payload');
    service = await startService(env);
    await service.untilReady();
    expect(copies()).toEqual([]);
  }, 180_000);
});

function start(args: string[], dataDir: string) {
  const script = join(import.meta.dirname, '../../dist/commands/backup.js');
  const child = spawn(process.execPath, [script, ...args], {
    cwd: emptyDirectory(),
    env: { PATH: process.env['PATH'], DATA_DIR: dataDir },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const code = once(child, 'close').then(([value]) => value as number | null);
  return { child, code, said: () => said };
}

/** The events of this test, in the order in which they were stored. */
async function inOrder(service: Service): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor = ''; ;) {
    const answer = await fetch(`${service.url}/events?type=NEW_TIME_ENTRY&limit=100${cursor}`);
    const { data } = (await answer.json()) as {
      data: { items: { id: string }[]; nextCursor: string | null };
    };
    ids.push(...data.items.map(({ id }) => id));
    if (data.nextCursor === null) return ids.toReversed();
    cursor = `&cursor=${data.nextCursor}`;
  }
}

async function restore(file: string): Promise<PgliteEngine> {
  const engine = new PgliteEngine(join(emptyDirectory(), 'data'));
  await engine.open();
  await loadBackup(createDatabase(engine), readBackupFile(file));
  return engine;
}

/** What is written in one transaction and must not be there by halves. */
async function faultsOf({ pool }: PgliteEngine): Promise<unknown[]> {
  const { rows } = await pool.query(`
    select 'an event without its key' as fault, id from clankerbot.events e
    where type = 'NEW_TIME_ENTRY' and not exists (select 1 from clankerbot.event_keys k where k.event_id = e.id)
    union all
    select 'a key without its event', event_id from clankerbot.event_keys k
    where not exists (select 1 from clankerbot.events e where e.id = k.event_id)
    union all
    select 'an event to be handled that is not there', event_id from clankerbot.event_dispatch d
    where not exists (select 1 from clankerbot.events e where e.id = d.event_id)
    union all
    select 'an event neither waiting nor handled', id from clankerbot.events e
    where type = 'NEW_TIME_ENTRY'
      and not exists (select 1 from clankerbot.event_dispatch d where d.event_id = e.id)
      and not exists (select 1 from clankerbot.flow_runs r where r.event_id = e.id)
    union all
    select 'a run without its event', r.id from clankerbot.flow_runs r
    where not exists (select 1 from clankerbot.events e where e.id = r.event_id)
    union all
    select 'a step without its run', run_id from clankerbot.flow_steps s
    where not exists (select 1 from clankerbot.flow_runs r where r.id = s.run_id)`);
  return rows;
}
