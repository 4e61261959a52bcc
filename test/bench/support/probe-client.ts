import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Asks for health on a new connection each time, from a process of its own, as kubelets and load balancers do:
 * node probe-client.ts PORT SECONDS EVERY_MS. Prints how long each answer took in milliseconds, as JSON; -1 where none came.
 */
const [port = 0, seconds = 0, everyMs = 0] = process.argv.slice(2).map(Number);
const GIVE_UP_MS = 10_000;

function probe(): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const startedMs = performance.now();
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  const timer = setTimeout(() => socket.destroy(), GIVE_UP_MS);
  socket.on('connect', () => socket.write('GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'));
  socket.on('data', (chunk) => (answer += chunk.toString()));
  socket.on('error', () => undefined);
  socket.on('close', () => {
    clearTimeout(timer);
    resolve(answer.startsWith('HTTP/1.1 200') ? performance.now() - startedMs : -1);
  });
  return promise;
}

// At fixed times, whether or not the one before was answered: else a service that stands still would be asked once.
const probes: Promise<number>[] = [];
const startedMs = performance.now();
for (let n = 1; n * everyMs < seconds * 1000; n++) {
  await delay(Math.max(0, startedMs + n * everyMs - performance.now()));
  probes.push(probe());
}
console.log(JSON.stringify(await Promise.all(probes)));
