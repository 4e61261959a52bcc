import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LOCK_FILE } from '../../src/storage/data-dir-lock.js';
import {
  emptyDirectory,
  type Service,
  type ServiceOptions,
  startService,
  stopAllServices,
} from '../support/service.js';

/** A set of processes of its own, with numbers of its own, as each container has. Ends with the command. */
const CONTAINER = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'];

// Only root may make one, and not everywhere.
const itInContainers =
  spawnSync(CONTAINER[0] as string, [...CONTAINER.slice(1), 'true']).status === 0 ? it : it.skip;

const ADMIN = 'the-admin-of-both-services';
const AS_ADMIN = { 'content-type': 'application/json', 'x-api-key': ADMIN };
const start = (env: Record<string, string>, options?: ServiceOptions): Promise<Service> =>
  startService({ API_KEYS: `root:admin:${ADMIN}`, ...env }, options);
const inContainer = (env: Record<string, string>): Promise<Service> => start(env, { under: CONTAINER });

async function makeKey(service: Service, name: string): Promise<void> {
  const body = JSON.stringify({ name, role: 'viewer' });
  const request = { method: 'POST', headers: AS_ADMIN, body };
  expect((await fetch(`${service.url}/api-keys`, request)).status).toBe(201);
}

async function keyNames(service: Service): Promise<string[]> {
  const { data } = (await (await fetch(`${service.url}/api-keys`, { headers: AS_ADMIN })).json()) as {
    data: { items: { name: string }[] };
  };
  return data.items.map((key) => key.name).sort();
}

describe('one data directory and two services', () => {
  afterAll(stopAllServices);

  it('stops the second with a sentence and exit code 1, and leaves the first alone', async () => {
    const directory = join(emptyDirectory(), 'data');
    const first = await start({ DATA_DIR: directory });
    await first.untilReady();
    const second = await start({ DATA_DIR: directory });
    expect(await second.exited).toBe(1);
    expect(second.output()).toContain(`is in use by process ${first.child.pid}`);
    expect(second.output()).not.toMatch(/^\s+at /m);
    expect((await fetch(`${first.url}/readyz`)).status).toBe(200);
    expect(await first.stop()).toBe(0);
  }, 120_000);

  itInContainers(
    'does so in two containers as well, and a third starts at once when the first was killed',
    async () => {
      const env = { DATA_DIR: join(emptyDirectory(), 'data') };
      const first = await inContainer(env);
      await first.untilReady();
      await makeKey(first, 'one');
      const second = await inContainer(env);
      expect(await second.exited).toBe(1);
      expect(second.output()).toContain('is in use by process 1 on host');
      await makeKey(first, 'two');
      await first.stop('SIGKILL');
      const third = await inContainer(env);
      await third.untilReady();
      expect(await keyNames(third)).toEqual(['one', 'two']);
      expect(third.output()).not.toContain('was not closed in good order');
      await third.stop('SIGKILL');
    },
    120_000,
  );

  it('ends the first before it writes, when it stood still and another has taken its lock', async () => {
    const directory = join(emptyDirectory(), 'data');
    const service = await start({ DATA_DIR: directory });
    await service.untilReady();
    service.child.kill('SIGSTOP');
    const lock = join(directory, LOCK_FILE);
    const own = JSON.parse(readFileSync(lock, 'utf8')) as object;
    writeFileSync(lock, JSON.stringify({ ...own, token: 'another', host: 'far-away' }));
    service.child.kill('SIGCONT');
    expect(await service.exited).toBe(1);
    expect(service.output()).toContain(`DATA_DIR ${directory} was taken over by process`);
    expect(readFileSync(lock, 'utf8')).toContain('far-away');
  }, 120_000);
});
