import { connect, type Socket } from 'node:net';

/** One request as bytes; made anew for each, so that bodies and ids can differ. */
export type MakeRequest = () => Buffer;

export interface LoadResult {
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  byStatus: Record<string, number>;
}

export interface LoadOptions {
  port: number;
  connections: number;
  seconds: number;
  /** Answers that come before this are not counted. */
  warmUpSeconds: number;
  makeRequest: MakeRequest;
  /** Requests a second over all connections; as fast as answers come where absent. */
  rate?: number;
}

/** Keeps each connection busy with one request at a time. Plain sockets, so that the load costs little beside its target. */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const latencies: number[] = [];
  const byStatus: Record<string, number> = {};
  const fromMs = performance.now() + options.warmUpSeconds * 1000;
  const untilMs = fromMs + options.seconds * 1000;
  const intervalMs = options.rate ? (options.connections / options.rate) * 1000 : 0;
  const clients = Array.from({ length: options.connections }, () =>
    runClient(options, { untilMs, intervalMs }, (status, startedMs) => {
      const nowMs = performance.now();
      if (nowMs < fromMs) return;
      latencies.push(nowMs - startedMs);
      byStatus[status] = (byStatus[status] ?? 0) + 1;
    }),
  );
  await Promise.all(clients);
  latencies.sort((a, b) => a - b);
  const at = (share: number): number => latencies[Math.floor(latencies.length * share)] ?? NaN;
  return { perSecond: latencies.length / options.seconds, p50Ms: at(0.5), p99Ms: at(0.99), byStatus };
}

function runClient(
  { port, makeRequest }: LoadOptions,
  { untilMs, intervalMs }: { untilMs: number; intervalMs: number },
  onAnswer: (status: string, startedMs: number) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(port, '127.0.0.1');
    socket.setNoDelay(true);
    let startedMs = 0;
    let received = '';
    const send = (): void => {
      startedMs = performance.now();
      if (startedMs > untilMs) {
        socket.end();
        resolve();
        return;
      }
      socket.write(makeRequest());
    };
    socket.on('connect', send);
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      const end = received.indexOf('\r\n\r\n');
      if (end < 0) return;
      const length = Number(/content-length: (\d+)/i.exec(received.slice(0, end))?.[1] ?? 0);
      if (received.length < end + 4 + length) return;
      const status = received.slice(9, 12);
      received = '';
      onAnswer(status, startedMs);
      const waitMs = intervalMs - (performance.now() - startedMs);
      if (waitMs > 1) setTimeout(send, waitMs);
      else send();
    });
  });
}
