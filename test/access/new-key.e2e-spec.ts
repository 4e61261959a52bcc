import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startService, stopAllServices } from '../support/service.js';

const run = promisify(execFile);
const COMMAND = join(import.meta.dirname, '../../dist/commands/create-api-key.js');

/** What `npm run keys:create -- …` runs once it has built. */
const createKey = (...args: string[]) => run(process.execPath, [COMMAND, ...args]);

describe('a new key', () => {
  afterAll(() => stopAllServices());

  it('is printed by the command with an entry that admits it, and holds only its hash', async () => {
    const { stdout } = await createKey('billing-tool', 'operator');
    const [key = '', entry = ''] = [...stdout.matchAll(/^ {4}(\S+)$/gm)].map((match) => match[1]);
    expect(entry).toMatch(/^billing-tool:operator:sha256:[0-9a-f]{64}$/);
    const service = await startService({ HOST: '0.0.0.0', API_KEYS: entry });
    await service.untilReady();
    const statusWith = async (secret: string) =>
      (await fetch(`${service.url}/integrations`, { headers: { Authorization: `Bearer ${secret}` } })).status;
    expect(await statusWith(key)).toBe(200);
    expect(await statusWith(`${key}x`)).toBe(401);
    expect(service.output()).not.toContain('No API_KEYS');
  }, 60_000);

  it('is printed with what it is bound to, and held by that', async () => {
    const { stdout } = await createKey(
      'billing-tool',
      'viewer',
      '--operations',
      'slack.post_message',
      '--no-payloads',
    );
    const [key = '', entry = '', scopes = ''] = [...stdout.matchAll(/^ {4}(\S+)$/gm)].map(
      (match) => match[1],
    );
    expect(JSON.parse(scopes)).toEqual({
      'billing-tool': { operations: ['slack.post_message'], payloads: false },
    });
    const service = await startService({ HOST: '0.0.0.0', API_KEYS: entry, API_KEY_SCOPES: scopes });
    await service.untilReady();
    const answer = await fetch(`${service.url}/integrations`, { headers: { 'X-Api-Key': key } });
    const { data } = (await answer.json()) as { data: { items: { name: string; operations: number }[] } };
    expect(data.items.map(({ name, operations }) => [name, operations])).toEqual([['slack', 1]]);
  }, 60_000);

  it.each([
    [['ci', 'admin', '--flows', 'a']],
    [['ci', 'operator', '--no-payloads']],
    [['ci', 'viewer', '--operations', 'no-integration']],
    [['ci', 'viewer', '--rooms', 'a']],
    [[]],
    [['billing-tool']],
    [['billing-tool', 'root']],
    [['billing tool', 'viewer']],
    [['billing-tool', 'viewer', 'more']],
  ])('is not made of %j: the command says how it is used and fails', async (args) => {
    await expect(createKey(...args)).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('Usage: npm run keys:create -- NAME ROLE (viewer, operator, admin)'),
    });
  });

  it('is made and printed once by a service that others can reach and nobody gave one', async () => {
    const service = await startService({ HOST: '0.0.0.0' });
    await service.untilReady();
    const key = /API_KEYS=admin:admin:(cbk_[\w-]{43})/.exec(service.output())?.[1] ?? '';
    const answer = await fetch(`${service.url}/api-keys`, { headers: { 'X-Api-Key': key } });
    expect(answer.status).toBe(200);
    expect(await service.stop()).toBe(0);
    expect(service.output().split(key)).toHaveLength(3);
    expect(JSON.stringify(service.logs())).not.toContain(key);
  }, 60_000);
});
