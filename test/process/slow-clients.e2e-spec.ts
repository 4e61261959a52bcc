import net from 'node:net';
import { once } from 'node:events';
import { countConnections, startTestApp, type TestApp } from '../support/app.js';
import { until } from '../support/until.js';

describe('slow clients', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp({
      env: { HEADERS_TIMEOUT_SECONDS: '1', REQUEST_TIMEOUT_SECONDS: '2', KEEP_ALIVE_SECONDS: '1' },
    });
  });
  afterAll(() => service.close());

  const send = async (text: string): Promise<{ answer: string; afterMs: number }> => {
    const startedMs = performance.now();
    const socket = net.connect(Number(new URL(service.url).port), '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.write(text);
    await once(socket, 'close');
    return { answer, afterMs: performance.now() - startedMs };
  };

  it('are cut off when their headers take longer than HEADERS_TIMEOUT_SECONDS', async () => {
    const { answer, afterMs } = await send('GET /healthz HTTP/1.1\r\nHost: a\r\nX-Slow: ');
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain('"code":"validation_error"');
    expect(afterMs).toBeLessThan(5_000);
  });

  it('are cut off when their request takes longer than REQUEST_TIMEOUT_SECONDS', async () => {
    const { answer, afterMs } = await send(
      'POST /actions/parse HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(afterMs).toBeLessThan(6_000);
  });

  it('are cut off when they take nothing of their answers', async () => {
    const socket = net.connect(Number(new URL(service.url).port), '127.0.0.1').pause();
    socket.on('error', () => undefined);
    socket.write('GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(60));
    await until(async () => (await countConnections(service)) === 1);
    await until(async () => (await countConnections(service)) === 0, {
      what: 'the connection to be cut off',
    });
    socket.destroy();
  });
});
