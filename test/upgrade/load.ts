/** What a client of the service asks for all the time, and what it was promised. */
export interface Load {
  /** Names by which effects can be found again: of each acknowledged delivery, and of each acknowledged action. */
  readonly delivered: readonly string[];
  readonly created: readonly string[];
  /** Every answer that was not as it should be. */
  readonly failures: readonly string[];
  readonly requests: number;
  stop(): Promise<void>;
}

export interface LoadOptions {
  url: string;
  webhookSecret: string;
  workspaceId: string;
}

interface Call {
  path: string;
  body: object;
  headers?: Record<string, string>;
  isRight: (status: number, answer: { data?: { duplicate?: boolean } }) => boolean;
}

/** Asks for one thing after the other in a few lines at once, until it is stopped; nothing is ever tried again. */
export function startLoad({ url, webhookSecret, workspaceId }: LoadOptions): Load {
  const delivered: string[] = [];
  const created: string[] = [];
  const failures: string[] = [];
  const stopping = new AbortController();
  let requests = 0;
  let count = 0;

  async function ask({ path, body, headers, isRight }: Call): Promise<boolean> {
    requests += 1;
    try {
      const response = await fetch(`${url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      });
      const text = await response.text();
      const isFine = isRight(response.status, JSON.parse(text) as { data?: { duplicate?: boolean } });
      if (!isFine) failures.push(`${path}: ${response.status} ${text}`);
      return isFine;
    } catch (error) {
      failures.push(`${path}: ${String(error)}`);
      return false;
    }
  }

  async function deliver(): Promise<void> {
    const name = `event-${count++}`;
    const delivery = (isDuplicate: boolean): Call => ({
      path: '/webhooks/clockify',
      body: { id: name, name },
      headers: {
        'x-webhook-secret': webhookSecret,
        'clockify-webhook-event-type': 'NEW_PROJECT',
        'x-clockify-event-id': name,
      },
      isRight: (status, { data }) => status === 200 && data?.duplicate === isDuplicate,
    });
    if (await ask(delivery(false))) delivered.push(name);
    if (count % 5 === 0) await ask(delivery(true));
  }

  async function act(): Promise<void> {
    const name = `client-${count++}`;
    const call: Call = {
      path: '/actions/run',
      body: {
        integration: 'clockify',
        operation: 'create_client',
        params: { workspaceId, body: { name } },
      },
      headers: { 'idempotency-key': name },
      isRight: (status) => status === 200,
    };
    if (await ask(call)) created.push(name);
    await ask({
      path: '/actions/parse',
      body: { text: 'clockify.get_user' },
      isRight: (status) => status === 200,
    });
  }

  const line = async (work: () => Promise<void>): Promise<void> => {
    while (!stopping.signal.aborted) await work();
  };
  const lines = [line(deliver), line(deliver), line(act), line(act)];
  return {
    delivered,
    created,
    failures,
    get requests() {
      return requests;
    },
    async stop() {
      stopping.abort();
      await Promise.all(lines);
    },
  };
}
