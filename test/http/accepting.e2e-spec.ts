import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect, createServer } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { freePort } from '../support/postgres-server.js';
import { createServiceDatabase } from '../support/database.js';
import { type Service, startService, stopAllServices } from '../support/service.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { until } from '../support/until.js';

describe('new connections', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp();
  });
  afterAll(() => service.close());

  it('are accepted several in one turn of the event loop', async () => {
    const server = service.app.getHttpServer() as Server;
    let accepted = 0;
    server.on('connection', () => accepted++);
    const { port } = server.address() as { port: number };
    // A kernel puts each of them into the queue of one of the sockets; all 64 into the same one it does not.
    const sockets = Array.from({ length: 64 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
    let most = 0;
    while (accepted < sockets.length) {
      const before = accepted;
      await nextTurn();
      most = Math.max(most, accepted - before);
    }
    expect(most).toBeGreaterThan(1);
    for (const socket of sockets) socket.destroy();
  });

  it('each get the answer to their request, whichever socket has accepted them', async () => {
    const statuses = await Promise.all(
      Array.from({ length: 40 }, async () => {
        const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
        let answer = '';
        socket.on('data', (chunk) => (answer += chunk.toString()));
        socket.write('GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
        await once(socket, 'close');
        return answer.slice(0, 12);
      }),
    );
    expect(new Set(statuses)).toEqual(new Set(['HTTP/1.1 200']));
  });
});

describe('a port', () => {
  const drops: (() => Promise<void>)[] = [];
  afterAll(async () => {
    await stopAllServices();
    for (const drop of drops) await drop();
  });

  async function startOn(port: number, env: Record<string, string> = {}): Promise<Service> {
    const { env: database, drop } = await createServiceDatabase();
    drops.push(drop);
    return startService({ ...database, PORT: String(port), ...env });
  }

  const isRefusedThere = (port: number): Promise<boolean> =>
    new Promise((resolve) => {
      const other = createServer().on('error', () => resolve(true));
      other.listen({ port, host: '127.0.0.1', reusePort: false }, () => other.close(() => resolve(false)));
    });

  it('belongs to one service, also when several start at the same moment', async () => {
    const port = await freePort();
    const services = await Promise.all([startOn(port), startOn(port), startOn(port)]);
    const lives = (): Service[] => services.filter(({ child }) => child.exitCode === null);
    await until(() => lives().length === 1, { what: 'all but one to end' });
    for (const { child, output } of services) {
      if (child.exitCode === null) continue;
      expect(child.exitCode).toBe(1);
      expect(output()).toContain(`127.0.0.1:${port} is in use by another process`);
    }
    const [owner] = lives();
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => fetch(`http://127.0.0.1:${port}/healthz`)),
    );
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(await isRefusedThere(port)).toBe(true);
    expect(await owner?.stop('SIGTERM')).toBe(0);
    expect(await isRefusedThere(port)).toBe(false);
  }, 120_000);

  it('is free again for the next start after a kill', async () => {
    const port = await freePort();
    const first = await startOn(port);
    await first.stop('SIGKILL');
    const second = await startOn(port);
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
    expect(await second.stop('SIGTERM')).toBe(0);
  }, 120_000);

  it('is not shared with a program that would share it', async () => {
    const other = createServer().listen({ port: 0, host: '127.0.0.1', reusePort: true });
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const service = await startOn(port);
    expect(await service.exited).toBe(1);
    expect(service.output()).toContain(`127.0.0.1:${port} is in use by another process`);
    other.close();
  }, 120_000);

  it('is served also where somebody else has taken the name by which it would be shared', async () => {
    const port = await freePort();
    const squatter = createServer().listen(`\0clankerbot-listens-on-${port}`);
    await once(squatter, 'listening');
    const service = await startOn(port);
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
    expect(await service.stop('SIGTERM')).toBe(0);
    squatter.close();
  }, 120_000);
});
