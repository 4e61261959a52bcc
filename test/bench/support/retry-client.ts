import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Clients that deliver over a new connection each, give up after a second and try again after a fifth of one, for ever:
 * node retry-client.ts PORT CLIENTS. Starts before the service does. Prints a line for each answer.
 */
const [port = 0, clients = 0] = process.argv.slice(2).map(Number);
const GIVE_UP_MS = 1_000;
const AGAIN_MS = 200;
let count = 0;

function deliver(): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const id = `${process.pid}-${Date.now()}-${++count}`;
  const body = JSON.stringify({ id, description: 'A retried delivery', workspaceId: 'w' });
  const socket = connect(port, '127.0.0.1');
  const timer = setTimeout(() => socket.destroy(), GIVE_UP_MS);
  let answer = '';
  socket.on('connect', () =>
    socket.write(
      `POST /webhooks/clockify HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\n` +
        `X-Webhook-Secret: bench-secret\r\nClockify-Webhook-Event-Type: NEW_TIME_ENTRY\r\n` +
        `Content-Length: ${body.length}\r\n\r\n${body}`,
    ),
  );
  socket.on('data', (chunk) => (answer += chunk.toString()));
  socket.on('error', () => undefined);
  socket.on('close', () => {
    clearTimeout(timer);
    resolve(answer.slice(9, 12));
  });
  return promise;
}

async function client(): Promise<never> {
  for (;;) {
    const status = await deliver();
    if (status !== '') console.log(status);
    await delay(AGAIN_MS);
  }
}

await Promise.all(Array.from({ length: clients }, client));
