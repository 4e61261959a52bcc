import pg from 'pg';
import type { Listener } from '../../src/storage/database-engine.js';
import { PostgresEngine } from '../../src/storage/postgres-engine.js';
import { createPostgresDatabase, describeOnPostgres } from '../support/database.js';
import { startTcpProxy } from '../support/tcp-proxy.js';
import { until } from '../support/until.js';

describeOnPostgres('listening for notifications', () => {
  let database: Awaited<ReturnType<typeof createPostgresDatabase>>;
  let observer: pg.Client;
  let engine: PostgresEngine;
  const heard: string[] = [];

  const open = (url: string): PostgresEngine =>
    new PostgresEngine({ url, poolSize: 1, onError: () => undefined });
  const listenTo = (channel: string): Promise<Listener> =>
    engine.listen({
      channel,
      onMessage: (message) => heard.push(`${channel}: ${message}`),
      onReconnect: () => heard.push(`${channel} again`),
    });
  const notify = async (channel: string, message: string): Promise<void> => {
    await observer.query('select pg_notify($1, $2)', [channel, message]);
  };
  const sessions = async (): Promise<number[]> => {
    const { rows } = await observer.query<{ pid: number }>(
      'select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    );
    return rows.map(({ pid }) => pid);
  };
  const untilHeard = (what: string): Promise<unknown> =>
    until(() => heard.includes(what), { what: `"${what}" to be heard` });

  beforeEach(async () => {
    heard.length = 0;
    database = await createPostgresDatabase();
    observer = new pg.Client({ connectionString: database.url });
    await observer.connect();
    engine = open(database.url);
  });
  afterEach(async () => {
    await engine.close();
    await observer.end();
    await database.drop();
  });

  it('takes one session for all channels, and none when nobody listens any more', async () => {
    const listeners = await Promise.all(['one', 'two', 'three'].map(listenTo));
    expect(await sessions()).toHaveLength(1);
    await notify('two', 'a');
    await notify('three', 'b');
    await untilHeard('three: b');
    expect(heard.filter((line) => line.includes(':'))).toEqual(['two: a', 'three: b']);
    await listeners[1]?.close();
    await notify('two', 'c');
    await notify('one', 'd');
    await untilHeard('one: d');
    expect(heard).not.toContain('two: c');
    for (const listener of listeners) await listener.close();
    await until(async () => (await sessions()).length === 0, { what: 'the session to be closed' });
  });

  it('comes back for each of them after a break, and says so, because something may have been missed', async () => {
    await Promise.all(['one', 'two'].map(listenTo));
    for (const pid of await sessions()) {
      heard.length = 0;
      await observer.query('select pg_terminate_backend($1)', [pid]);
    }
    await untilHeard('one again');
    await untilHeard('two again');
    const later = await listenTo('three');
    for (const channel of ['one', 'two', 'three']) await notify(channel, 'x');
    for (const channel of ['one', 'two', 'three']) await untilHeard(`${channel}: x`);
    expect(await sessions()).toHaveLength(1);
    await later.close();
  });

  it('is not disturbed by somebody who cannot listen, nor by one who tries while there is no server', async () => {
    const proxy = await startTcpProxy(Number(new URL(database.url).port));
    const url = new URL(database.url);
    url.port = String(proxy.port);
    engine = open(url.href);
    await listenTo('one');
    await expect(listenTo('')).rejects.toThrow('zero-length');
    await notify('one', 'a');
    await untilHeard('one: a');
    const { port } = proxy;
    await proxy.close();
    await expect(listenTo('two')).rejects.toThrow(/ECONNREFUSED|terminated/); // It may not know of the break yet.
    await expect(listenTo('two')).rejects.toThrow('ECONNREFUSED');
    heard.length = 0;
    const again = await startTcpProxy(Number(new URL(database.url).port), port);
    await untilHeard('one again');
    await notify('one', 'b');
    await untilHeard('one: b');
    expect(await sessions()).toHaveLength(1);
    await again.close();
  });
});
