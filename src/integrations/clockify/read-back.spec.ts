import { startClockify, type TestClockify } from '../../../test/support/clockify.js';
import { until } from '../../../test/support/until.js';
import { ClockifySandbox } from '../../../test/clockify-sandbox/clockify-sandbox.js';

describe('reading back a creation that died with its process', () => {
  let sandbox: ClockifySandbox;
  let before: TestClockify;
  let after: TestClockify;
  beforeAll(async () => {
    sandbox = new ClockifySandbox();
    await sandbox.start();
    const env = { CLOCKIFY_API_KEY: sandbox.apiKey };
    before = await startClockify(sandbox.url, env);
    after = await startClockify(sandbox.url, env); // As after a restart: it knows nothing of what was created.
  });
  afterAll(async () => {
    await Promise.all([before.close(), after.close()]);
    await sandbox.stop();
  });

  /** By default it was cut off so long ago that nothing of it can be under way. */
  async function readBack(
    clockify: TestClockify,
    name: string,
    params: object,
    { since = new Date(), quietSinceMs = performance.now() - 3_600_000 },
  ) {
    const { integration } = clockify;
    const operation = integration.find(name)!;
    const arranged = integration.arrange(operation, { workspaceId: sandbox.workspace.id, ...params });
    return integration.readBack(operation, arranged, {
      requestId: 'r',
      priority: 'background',
      since,
      quietSinceMs,
    });
  }
  const create = (name: string) =>
    before.run('create_client', { workspaceId: sandbox.workspace.id, body: { name } }) as Promise<{
      id: string;
    }>;

  it('finds what is there', async () => {
    const since = new Date();
    const made = await create('Found');
    expect(await readBack(after, 'create_client', { name: 'Found' }, { since })).toMatchObject({
      result: { id: made.id },
    });
  });

  it('says that nothing is there where nothing is', async () => {
    expect(await readBack(after, 'create_client', { name: 'Never made' }, {})).toBeNull();
  });

  it('finds what shows only while its request can still be under way, and says nothing is there only after that', async () => {
    const quietSinceMs = performance.now();
    const looking = readBack(after, 'create_client', { name: 'Under way' }, { quietSinceMs });
    await until(() => sandbox.requests.all.some(({ query }) => query['name'] === 'Under way'));
    const made = await create('Under way');
    expect(await looking).toMatchObject({ result: { id: made.id } });
    expect(await readBack(after, 'create_client', { name: 'Not at all' }, { quietSinceMs })).toBeNull();
    expect(performance.now() - quietSinceMs).toBeGreaterThanOrEqual(2_000); // CLOCKIFY_TIMEOUT_MS of these tests.
  });

  it('cannot tell of what may have been there before', async () => {
    await create('Old');
    expect(
      await readBack(after, 'create_client', { name: 'Old' }, { since: new Date(Date.now() + 600_000) }),
    ).toBeUndefined();
  });

  it('cannot tell of what a call of its own has answered with', async () => {
    const since = new Date();
    await create('Own');
    expect(await readBack(before, 'create_client', { name: 'Own' }, { since })).toBeUndefined();
  });

  it('cannot tell of other changes, nor of times that were filled in', async () => {
    const since = new Date();
    const made = await create('Changed');
    expect(await readBack(after, 'delete_client', { id: made.id }, { since })).toBeUndefined();
    expect(await readBack(after, 'start_timer', { description: 'x' }, { since })).toBeUndefined();
  });
});
