import http from 'node:http';
import net from 'node:net';
import { once } from 'node:events';
import { createServiceDatabase } from '../support/database.js';
import { takesLessThan } from '../support/takes-less-than.js';
import { type Service, startService, stopAllServices } from '../support/service.js';
import { until } from '../support/until.js';

const isRefused = (error: NodeJS.ErrnoException): boolean => error.code === 'ECONNREFUSED';

const drops: (() => Promise<void>)[] = [];

async function startReady(env: Record<string, string> = {}): Promise<Service> {
  const { env: database, drop } = await createServiceDatabase();
  drops.push(drop);
  const service = await startService({ ...database, ...env });
  await service.untilReady();
  return service;
}

describe('a stop by SIGTERM', () => {
  afterAll(async () => {
    await stopAllServices();
    for (const drop of drops) await drop();
  });

  it('cuts no request under load, refuses new connections, and exits with 0', async () => {
    const service = await startReady();
    const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
    const answers: number[] = [];
    const failures: NodeJS.ErrnoException[] = [];
    const ask = async (): Promise<void> => {
      while (failures.length === 0) {
        try {
          answers.push(await getStatus(`${service.url}/healthz`, agent));
        } catch (error) {
          if (isRefused(error as NodeJS.ErrnoException)) return; // never accepted: the client may go elsewhere
          failures.push(error as NodeJS.ErrnoException);
        }
      }
    };
    const clients = Array.from({ length: 8 }, ask);
    await until(() => answers.length > 500);
    const code = await service.stop('SIGTERM');
    await Promise.all(clients);
    agent.destroy();
    expect(failures).toEqual([]);
    expect(new Set(answers)).toEqual(new Set([200]));
    expect(code).toBe(0);
  }, 120_000);

  it('answers requests that wait in the queue of connections to be accepted', async () => {
    const service = await startReady();
    const port = Number(new URL(service.url).port);
    service.child.kill('SIGSTOP');
    const waiting = Array.from({ length: 200 }, () => net.connect(port, '127.0.0.1'));
    const answers = waiting.map(readAll);
    // The kernel connects them although the process stands still.
    await Promise.all(waiting.map((socket) => once(socket, 'connect')));
    for (const socket of waiting) socket.write('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n');
    service.child.kill('SIGTERM');
    service.child.kill('SIGCONT');
    const starts = (await Promise.all(answers)).map((answer) => answer.slice(0, 15));
    expect(new Set(starts)).toEqual(new Set(['HTTP/1.1 200 OK']));
    expect(await service.exited).toBe(0);
  }, 120_000);

  it('is unready at once and waits for a request that is still arriving', async () => {
    const service = await startReady();
    const socket = net.connect(Number(new URL(service.url).port), '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk.toString()));
    const body = '{"text":"clockify.get_user"}';
    // The interim answer shows that the server has the request; until then the connection may still be queued.
    socket.write(
      `POST /actions/parse HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`,
    );
    await until(() => answer.startsWith('HTTP/1.1 100 '));
    socket.write(body.slice(0, 5));
    service.child.kill('SIGTERM');
    await until(() => service.output().includes('Stopping'));
    await until(async () => getStatus(`${service.url}/healthz`).then(() => false, isRefused), {
      what: 'new connections to be refused',
    });
    expect(service.child.exitCode).toBeNull();
    socket.write(body.slice(5));
    await once(socket, 'close');
    expect(answer).toContain('\r\n\r\nHTTP/1.1 200 OK');
    expect(answer).toMatch(/connection: close/i);
    expect(await service.exited).toBe(0);
  }, 120_000);

  it('gives up on a client that never finishes once the grace is over', async () => {
    const service = await startReady({ SHUTDOWN_GRACE_SECONDS: '1' });
    const socket = net.connect(Number(new URL(service.url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(
      'POST /actions/parse HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{',
    );
    await once(socket, 'connect');
    expect(await service.stop('SIGTERM')).toBe(0);
  }, 120_000);

  it('waits no longer than the grace for a collector of traces that never answers', async () => {
    const collector = net
      .createServer((socket) => socket.on('error', () => undefined))
      .listen(0, '127.0.0.1');
    await once(collector, 'listening');
    const { port } = collector.address() as net.AddressInfo;
    // An export that has begun takes ten seconds to give up.
    await takesLessThan(9_000, async () => {
      const asked = once(collector, 'connection');
      const service = await startReady({
        SHUTDOWN_GRACE_SECONDS: '2',
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      });
      await asked;
      const startedMs = performance.now();
      expect(await service.stop('SIGTERM')).toBe(0);
      expect(service.output()).toContain('The last traces were not sent');
      expect(service.output()).not.toContain('did not go cleanly');
      return performance.now() - startedMs;
    });
    collector.close();
  }, 120_000);

  it('ends at once on the second signal', async () => {
    const service = await startReady({ SHUTDOWN_GRACE_SECONDS: '60' });
    const socket = net.connect(Number(new URL(service.url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(
      'POST /actions/parse HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{',
    );
    service.child.kill('SIGTERM');
    await until(() => service.output().includes('Stopping'));
    // One that comes right behind the first is taken for the same.
    await until(() => service.child.exitCode !== null || !service.child.kill('SIGTERM'), { everyMs: 100 });
    expect(await service.exited).toBe(143);
  }, 120_000);
});

/** What the server says until it hangs up, or the fault that ends it. */
function readAll(socket: net.Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk) => (text += chunk.toString()));
  return once(socket, 'close').then(
    () => text,
    (error: NodeJS.ErrnoException) => error.code ?? 'fault',
  );
}

function getStatus(url: string, agent?: http.Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = http.get(url, agent ? { agent } : {}, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
      response.on('error', reject);
    });
    request.on('error', reject);
  });
}
