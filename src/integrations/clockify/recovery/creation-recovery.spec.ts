import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { startClockify, type TestClockify } from '../../../../test/support/clockify.js';
import {
  type ReceivedRequest,
  sendJson,
  startHttpServer,
  type TestServer,
} from '../../../../test/support/http-server.js';

interface Entry {
  id: string;
  description: string;
  projectId: string | null;
  taskId: null;
  tagIds: string[];
  billable: boolean;
  timeInterval: { start: string; end: string | null };
}

type Fate =
  | 'answer'
  | 'cut-after'
  | 'cut-before'
  | 'fail-after'
  | 'fail-before'
  | 'silent-after'
  | 'silent-before'
  | '502-before';

/** Books time entries as Clockify does, and loses answers as the test wants. */
class FakeClockify {
  readonly entries: Entry[] = [];
  fates: Fate[] = [];
  posts = 0;
  canSearch = true;
  newId = (): string =>
    Math.floor(Date.now() / 1000)
      .toString(16)
      .padStart(8, '0') + randomBytes(8).toString('hex');

  handle(request: ReceivedRequest, response: ServerResponse): void {
    const url = new URL(request.url, 'http://localhost');
    if (url.pathname.endsWith('/v1/user')) return sendJson(response, { id: 'me' });
    if (request.method === 'POST') return this.#post(request, response);
    return sendJson(response, this.#list(url.searchParams), 200, { 'last-page': 'true' });
  }

  #list(query: URLSearchParams): Entry[] {
    const description = query.get('description') ?? '';
    const start = query.get('start');
    const end = query.get('end');
    return this.entries.filter(
      (entry) =>
        (description === '' || (this.canSearch && entry.description.includes(description))) &&
        (start === null || entry.timeInterval.start >= start) &&
        (end === null || entry.timeInterval.start <= end),
    );
  }

  #post(request: ReceivedRequest, response: ServerResponse): void {
    this.posts += 1;
    const fate = this.fates.shift() ?? 'answer';
    const isBooked = fate === 'answer' || fate.endsWith('-after');
    const entry = this.book(JSON.parse(request.body.toString()) as Record<string, unknown>, isBooked);
    if (fate === 'answer') return sendJson(response, entry, 201);
    if (fate.startsWith('fail')) return sendJson(response, { message: 'oops', code: 1 }, 500);
    if (fate.startsWith('502')) return sendJson(response, {}, 502);
    if (fate.startsWith('cut')) response.socket?.destroy();
  }

  book(body: Record<string, unknown>, isBooked = true): Entry {
    const entry: Entry = {
      id: this.newId(),
      description: (body['description'] as string | undefined) ?? '',
      projectId: (body['projectId'] as string | undefined) ?? null,
      taskId: null,
      tagIds: (body['tagIds'] as string[] | undefined) ?? [],
      billable: (body['billable'] as boolean | undefined) ?? false,
      timeInterval: {
        start: (body['start'] as string | undefined) ?? new Date().toISOString().replace(/\.\d+/, ''),
        end: (body['end'] as string | undefined) ?? null,
      },
    };
    if (isBooked) this.entries.push(entry);
    return entry;
  }
}

/** What is waited for an answer that never comes; long enough for those that come from a busy machine. */
const SILENCE_MS = 1_500;

describe('a creation whose answer is lost', () => {
  let fake: FakeClockify;
  let server: TestServer;
  let clockify: TestClockify;
  beforeAll(async () => {
    server = await startHttpServer((request, response) => fake.handle(request, response));
  });
  const connect = async (timeoutMs: number): Promise<void> => {
    clockify = await startClockify(server.url, {
      CLOCKIFY_TIMEOUT_MS: String(timeoutMs),
      CLOCKIFY_RETRY_DELAY_MS: '2',
    });
  };
  const reconnect = async (timeoutMs: number): Promise<void> => {
    await clockify.close();
    await connect(timeoutMs);
  };
  beforeEach(async () => {
    fake = new FakeClockify();
    await connect(20_000);
  });
  afterEach(() => clockify.close());
  afterAll(() => server.close());

  const body = { start: '2026-01-05T09:00:00Z', end: '2026-01-05T10:00:00Z', description: 'Report' };
  const book = (fields: object = {}) =>
    clockify.run('create_time_entry', { workspaceId: 'w', body: { ...body, ...fields } });
  const refused = (fields: object = {}) =>
    clockify.refusal('create_time_entry', { workspaceId: 'w', body: { ...body, ...fields } });

  it.each(['cut-after', 'fail-after', 'silent-after'] as const)(
    'is read back and not repeated when it took place (%s)',
    async (fate) => {
      if (fate === 'silent-after') await reconnect(SILENCE_MS);
      fake.fates = [fate];
      expect(await book()).toMatchObject({ id: fake.entries[0]?.id, description: 'Report' });
      expect(fake.posts).toBe(1);
      expect(fake.entries).toHaveLength(1);
    },
  );

  it.each(['cut-before', 'fail-before'] as const)(
    'is repeated when it is certainly not there (%s)',
    async (fate) => {
      fake.fates = [fate, fate];
      expect(await book()).toMatchObject({ description: 'Report' });
      expect(fake.posts).toBe(3);
      expect(fake.entries).toHaveLength(1);
    },
  );

  it.each(['silent-before', '502-before'] as const)(
    'is not repeated when it may still be under way (%s)',
    async (fate) => {
      if (fate === 'silent-before') await reconnect(SILENCE_MS);
      fake.fates = [fate];
      expect(await refused()).toMatchObject({ code: 'upstream_error', outcome: 'unknown' });
      expect(fake.posts).toBe(1);
    },
  );

  it('is given up after three times', async () => {
    fake.fates = ['fail-before', 'fail-before', 'fail-before', 'answer'];
    expect(await refused()).toMatchObject({ code: 'upstream_error', outcome: 'unknown' });
    expect(fake.posts).toBe(3);
    expect(fake.entries).toHaveLength(0);
  });

  it('is found although the search does not find it', async () => {
    fake.canSearch = false;
    fake.fates = ['cut-after'];
    await book();
    expect(fake.posts).toBe(1);
  });

  it('is found although spaces at the ends of its description were dropped', async () => {
    const original = fake.book.bind(fake);
    fake.book = (fields, isBooked) =>
      original({ ...fields, description: String(fields['description']).trim() }, isBooked);
    fake.fates = ['cut-after'];
    await book({ description: ' Report ' });
    expect(fake.posts).toBe(1);
  });

  it('is not taken for one that differs in any field', async () => {
    fake.book({ ...body, description: 'Report two' });
    fake.book({ ...body, start: '2026-01-05T09:00:01Z' });
    fake.book({ ...body, projectId: 'other' });
    fake.book({ ...body, tagIds: ['t1'] });
    fake.fates = ['cut-before'];
    await book({ projectId: 'p1' });
    expect(fake.posts).toBe(2);
    expect(fake.entries).toHaveLength(5);
  });

  it('is not taken for an equal one that this process created before', async () => {
    const first = (await book()) as Entry;
    fake.fates = ['cut-before'];
    const second = (await book()) as Entry;
    expect(second.id).not.toBe(first.id);
    expect(fake.entries).toHaveLength(2);
  });

  it('is not taken for an equal one that is older, once ids are known to tell their age', async () => {
    await book({ description: 'Something else' });
    fake.entries.push({ ...fake.book(body, false), id: '64a687e29ae1f428e7ebe303' });
    fake.fates = ['cut-before'];
    expect(await refused()).toMatchObject({ outcome: 'unknown' });
    expect(fake.posts).toBe(2);
    fake.fates = ['cut-after'];
    expect(await book()).toMatchObject({ id: fake.entries.at(-1)?.id });
  });

  it('is not taken for one that another process made minutes ago, before this one has seen any id', async () => {
    const agoSeconds = Math.floor(Date.now() / 1000) - 138;
    fake.entries.push({ ...fake.book(body, false), id: `${agoSeconds.toString(16)}e29ae1f428e7ebe3` });
    fake.fates = ['cut-before'];
    expect(await refused()).toMatchObject({ outcome: 'unknown' });
    fake.fates = ['cut-after'];
    expect(await book()).toMatchObject({ id: fake.entries.at(-1)?.id });
    expect(fake.entries).toHaveLength(2);
  });

  it('finds itself among ids that tell nothing', async () => {
    fake.newId = () => `entry-${fake.entries.length}`;
    await book({ description: 'Something else' });
    fake.fates = ['cut-after'];
    expect(await book()).toMatchObject({ id: 'entry-1' });
  });

  it('is unknown when two equal ones are there', async () => {
    fake.book(body);
    fake.fates = ['cut-after'];
    expect(await refused()).toMatchObject({ outcome: 'unknown' });
    expect(fake.posts).toBe(1);
  });

  it('is unknown when nothing can be read back', async () => {
    fake.fates = ['cut-after'];
    const original = fake.handle.bind(fake);
    fake.handle = (request, response) =>
      request.method === 'GET' ? sendJson(response, {}, 500) : original(request, response);
    expect(await refused()).toMatchObject({ outcome: 'unknown' });
    expect(fake.entries).toHaveLength(1);
  });

  it('creates each of many equal ones exactly once, all at the same time', async () => {
    const fates: Fate[] = ['answer', 'cut-after', 'cut-before', 'fail-after'];
    fake.fates = Array.from({ length: 40 }, (_, i) => fates[i % 4] as Fate);
    const made = (await Promise.all(Array.from({ length: 40 }, () => book()))) as Entry[];
    expect(new Set(made.map((entry) => entry.id)).size).toBe(40);
    expect(fake.entries).toHaveLength(40);
  });

  it('of a timer without a start is not taken for one of the past', async () => {
    fake.book({ description: 'Timer', start: '2026-01-05T09:00:00Z', end: '2026-01-05T10:00:00Z' });
    fake.fates = ['cut-after'];
    const made = (await clockify.run('createTimeEntry', {
      workspaceId: 'w',
      body: { description: 'Timer' },
    })) as Entry;
    expect(made.timeInterval.end).toBeNull();
    expect(fake.entries).toHaveLength(2);
  });
});
