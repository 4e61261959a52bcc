import { once } from 'node:events';
import type { Server } from 'node:http';
import net from 'node:net';
import { Controller, Get, Module, Param } from '@nestjs/common';
import request from 'supertest';
import { Public } from '../../src/access/access.decorators.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { until } from '../support/until.js';

/** How to end the answers that have begun, by the test that asked. What a test leaves behind may still go on. */
const begunBy = new Map<string, (() => void)[]>();

/** Answers when the test says so. */
@Controller('held')
class HeldController {
  @Get(':test')
  @Public()
  async answer(@Param('test') test: string): Promise<string> {
    await new Promise<void>((resolve) => begunBy.get(test)?.push(resolve));
    return 'done';
  }
}

@Module({ controllers: [HeldController] })
class HeldModule {}

describe('requests that do not wait for the answers before them', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp({ imports: [HeldModule] });
  });
  afterAll(() => service.close());
  let begun: (() => void)[];
  let getHeld: string;
  beforeEach(() => {
    begun = [];
    begunBy.set(String(begunBy.size), begun);
    getHeld = `GET /held/${begunBy.size - 1} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
  });

  const connect = (): { socket: net.Socket; answers: () => number } => {
    const socket = net.connect(Number(new URL(service.url).port), '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.on('error', () => undefined);
    return { socket, answers: () => text.split('HTTP/1.1 200 ').length - 1 };
  };

  it('are worked on one after the other, and all answered in order', async () => {
    const { socket, answers } = connect();
    socket.write(getHeld.repeat(3));
    for (const count of [1, 2, 3]) {
      await until(() => begun.length === count);
      await request(service.url).get('/healthz').expect(200); // The loop has turned, and the next has not begun.
      expect([begun.length, answers()]).toEqual([count, count - 1]);
      begun.at(-1)!();
    }
    await until(() => answers() === 3);
    socket.write(getHeld);
    await until(() => begun.length === 4);
    socket.destroy();
    begun.at(-1)!();
  });

  it('are read with their bodies when it is their turn', async () => {
    const { socket, answers } = connect();
    const body = JSON.stringify({ text: 'x'.repeat(100_000) });
    const post = `POST /held HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    socket.write(getHeld + post + getHeld);
    await until(() => begun.length === 1);
    begun[0]!();
    await until(() => begun.length === 2);
    begun[1]!();
    await until(() => answers() === 2);
    socket.destroy();
  });

  it('stay on the wire while the one before them is in work', async () => {
    const accepted: net.Socket[] = [];
    (service.app.getHttpServer() as Server).on('connection', (socket: net.Socket) => accepted.push(socket));
    const { socket } = connect();
    socket.write(getHeld.replace('\r\n\r\n', `\r\nX-Pad: ${'x'.repeat(10_000)}\r\n\r\n`).repeat(200));
    await until(() => begun.length === 1 && accepted[0]!.isPaused());
    await request(service.url).get('/healthz').expect(200);
    expect(accepted[0]!.bytesRead).toBeLessThan(200_000);
    socket.destroy();
    begun[0]!();
  });

  it('end their connection when more come at once than may wait', async () => {
    const { socket, answers } = connect();
    socket.write(getHeld.repeat(500));
    await once(socket, 'close');
    expect(answers()).toBe(0);
    expect(begun).toHaveLength(1);
    begun[0]!();
  });
});
