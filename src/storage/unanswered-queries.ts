import type { PoolClient } from 'pg';

const UNANSWERED = 'Query read timeout';

/** `end` belongs to every client; the type of a pool's client hides it, because the pool ends those that it has. */
type EndableClient = PoolClient & { end?: () => Promise<void> };

type Query = (...parameters: unknown[]) => unknown;

/**
 * Ends a client whose query went unanswered for too long. It would go back to the pool with that query still running, and
 * whoever gets it next would wait behind it. An ended client is not taken back.
 */
export function endWhenUnanswered(client: PoolClient): void {
  const query = client.query.bind(client) as Query;
  const watched: Query = (...parameters) => {
    const answer = query(...parameters);
    return answer instanceof Promise ? watch(answer, client) : answer;
  };
  Object.assign(client, { query: watched });
}

async function watch(answer: Promise<unknown>, client: EndableClient): Promise<unknown> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && error.message === UNANSWERED) void client.end?.();
    throw error;
  }
}
