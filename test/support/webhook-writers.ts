import { setTimeout as delay } from 'node:timers/promises';

export interface Writers {
  /** What was answered with 200: `writer:n`. */
  acknowledged: Set<string>;
  /** How often each status came; `error` where no answer came at all. */
  statuses: Map<number | 'error', number>;
  /** The longest that any answer took. */
  longestMs: number;
  stop(): Promise<void>;
}

/**
 * Senders as they should be: each delivers its events one after the other and repeats a delivery until it gets a 2xx,
 * to whichever address is there.
 */
export function startWriters(count: number, urlOf: () => string): Writers {
  const stopping = new AbortController();
  const writers: Writers = {
    acknowledged: new Set(),
    statuses: new Map(),
    longestMs: 0,
    async stop() {
      stopping.abort();
      await Promise.all(running);
    },
  };
  const note = (status: number | 'error'): void => {
    writers.statuses.set(status, (writers.statuses.get(status) ?? 0) + 1);
  };
  const send = async (writer: number, n: number): Promise<boolean> => {
    const startedMs = performance.now();
    try {
      const response = await fetch(`${urlOf()}/webhooks/clockify`, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          'Clockify-Webhook-Event-Type': 'TEST',
          'X-Clockify-Event-Id': `${writer}:${n}`,
        },
        body: JSON.stringify({ id: `subject-${writer}`, workspaceId: 'w', writer, n }),
      });
      await response.arrayBuffer();
      note(response.status);
      writers.longestMs = Math.max(writers.longestMs, performance.now() - startedMs);
      return response.status === 200;
    } catch {
      note('error');
      return false;
    }
  };
  const run = async (writer: number): Promise<void> => {
    for (let n = 1; !stopping.signal.aborted; n++) {
      while (!(await send(writer, n))) {
        if (stopping.signal.aborted) return;
        await delay(50);
      }
      writers.acknowledged.add(`${writer}:${n}`);
      await delay(2);
    }
  };
  const running = Array.from({ length: count }, (_, writer) => run(writer));
  return writers;
}
