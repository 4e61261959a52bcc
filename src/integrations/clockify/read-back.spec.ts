import { startClockify, type TestClockify } from '../../../test/support/clockify.js';
import { ClockifySandbox } from './sandbox/clockify-sandbox.js';

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

  async function readBack(clockify: TestClockify, name: string, params: object, since: Date) {
    const { integration } = clockify;
    const operation = integration.find(name)!;
    const arranged = integration.arrange(operation, { workspaceId: sandbox.workspace.id, ...params });
    return integration.readBack(operation, arranged, { requestId: 'r', priority: 'background', since });
  }
  const create = (name: string) =>
    before.run('create_client', { workspaceId: sandbox.workspace.id, body: { name } }) as Promise<{
      id: string;
    }>;

  it('finds what is there', async () => {
    const since = new Date();
    const made = await create('Found');
    expect(await readBack(after, 'create_client', { name: 'Found' }, since)).toMatchObject({
      result: { id: made.id },
    });
  });

  it('says that nothing is there where nothing is', async () => {
    expect(await readBack(after, 'create_client', { name: 'Never made' }, new Date())).toBeNull();
  });

  it('cannot tell of what may have been there before', async () => {
    await create('Old');
    expect(
      await readBack(after, 'create_client', { name: 'Old' }, new Date(Date.now() + 600_000)),
    ).toBeUndefined();
  });

  it('cannot tell of what a call of its own has answered with', async () => {
    const since = new Date();
    await create('Own');
    expect(await readBack(before, 'create_client', { name: 'Own' }, since)).toBeUndefined();
  });

  it('cannot tell of other changes, nor of times that were filled in', async () => {
    const since = new Date();
    const made = await create('Changed');
    expect(await readBack(after, 'delete_client', { id: made.id }, since)).toBeUndefined();
    expect(await readBack(after, 'start_timer', { description: 'x' }, since)).toBeUndefined();
  });
});
