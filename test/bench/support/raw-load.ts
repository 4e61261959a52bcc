import { connect, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';

export interface Load {
  port: number;
  connections: number;
  /** One whole HTTP/1.1 request; asked anew for each. */
  request: () => string;
  /** Stops after so many answers, or after so long, whichever comes first. */
  count?: number;
  durationMs?: number;
}

export interface LoadResult {
  requests: number;
  perSecond: number;
  statuses: Record<string, number>;
  /** Latencies in milliseconds, sorted. */
  latencies: number[];
}

/** Keeps each connection busy with one request at a time. Reads answers that have a Content-Length, as ours do. */
export async function runLoad(load: Load): Promise<LoadResult> {
  const latencies: number[] = [];
  const statuses: Record<string, number> = {};
  const startedMs = performance.now();
  const untilMs = startedMs + (load.durationMs ?? Infinity);
  let left = load.count ?? Infinity;
  const mayGoOn = (): boolean => left-- > 0 && performance.now() < untilMs;
  await Promise.all(
    Array.from({ length: load.connections }, () =>
      keepBusy(load, mayGoOn, (status, ms) => {
        statuses[status] = (statuses[status] ?? 0) + 1;
        latencies.push(ms);
      }),
    ),
  );
  const seconds = (performance.now() - startedMs) / 1000;
  latencies.sort((a, b) => a - b);
  return { requests: latencies.length, perSecond: latencies.length / seconds, statuses, latencies };
}

function keepBusy(
  load: Load,
  mayGoOn: () => boolean,
  onAnswer: (status: string, ms: number) => void,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket: Socket = connect({ port: load.port, host: '127.0.0.1', noDelay: true });
  let received = '';
  let sentMs = 0;
  const next = (): void => {
    if (!mayGoOn()) {
      socket.destroy();
      resolve();
      return;
    }
    sentMs = performance.now();
    socket.write(load.request());
  };
  socket.on('connect', next);
  socket.on('error', reject);
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1');
    const end = received.indexOf('\r\n\r\n');
    if (end < 0) return;
    const length = Number(/content-length: (\d+)/i.exec(received.slice(0, end))?.[1] ?? 0);
    if (received.length < end + 4 + length) return;
    onAnswer(received.slice(9, 12), performance.now() - sentMs);
    received = '';
    next();
  });
  return promise;
}

export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

export function median(values: readonly number[]): number {
  return percentile(
    [...values].sort((a, b) => a - b),
    0.5,
  );
}

export function get(path: string, headers: Record<string, string> = {}): string {
  const lines = Object.entries({ Host: 'localhost', ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return `GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}
