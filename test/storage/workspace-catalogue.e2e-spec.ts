import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { tablesOf, WORKSPACE_ROWS } from '../support/workspace-rows.js';

/** Tables without a policy, and why: nothing in them is of a workspace, or of no one workspace. Its role may not touch them. */
const REFUSED: Readonly<Record<string, string>> = {
  addon_arrivals: 'digests by which installations are recognised that came and went',
  agent_task_effects: 'what the bot has done at GitHub because of a task',
  agent_task_occasions: 'what somebody did at GitHub to have the bot work',
  agent_task_steps: 'how far tasks of the bot have come',
  agent_tasks: 'tasks of the bot, which are of repositories and of no workspace of Clockify',
  api_key_names: 'names of the keys of the whole service',
  api_keys: 'keys of the whole service; one may be bound to several workspaces',
  migration: 'which migrations have run',
  migration_lock: 'who migrates',
  request_budgets: 'how often an account was called, over all who call as it',
  secrets: 'secrets of the operator, which the service itself opens',
  webhook_volumes: 'how much each source has delivered to the service',
};

/** Tables that work for a workspace reads and changes although nothing in them is of a workspace, and why. */
const SHARED: Readonly<Record<string, string>> = {
  flow_latch: 'counters by which replicas notice that flows have changed',
};

describe('every table', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openTestDatabase();
  });
  afterAll(() => database.close());

  const tables = () => tablesOf(database.engine);

  it('has a policy for workspaces, or stands in an explained list of exceptions', async () => {
    const without = (await tables()).filter(
      ({ isGuarded, policies }) => !isGuarded || !policies.includes('workspace'),
    );
    expect(without.map(({ name }) => name)).toEqual(Object.keys(REFUSED).sort());
  });

  it('that is an exception is closed to the role of workspaces', async () => {
    const open = (await tables()).filter(({ name, rights }) => name in REFUSED && rights.length > 0);
    expect(open).toEqual([]);
  });

  it('with a policy gives that role rows, and no way around the policy', async () => {
    const guarded = (await tables()).filter(({ name }) => !(name in REFUSED));
    expect(guarded.length).toBeGreaterThan(15);
    for (const { rights } of guarded) expect(rights).toEqual(['select', 'insert', 'update', 'delete']);
  });

  it('with a policy has a row of two workspaces in the tests of their separation', async () => {
    const names = (await tables()).filter(({ isGuarded }) => isGuarded).map(({ name }) => name);
    expect([...Object.keys(WORKSPACE_ROWS), ...Object.keys(SHARED)].sort()).toEqual(names);
  });

  it('is noticed when it comes without one', async () => {
    await database.engine.pool.query('create table clankerbot.planted (id text)');
    expect(await tables()).toContainEqual({ name: 'planted', isGuarded: false, policies: [], rights: [] });
    await database.engine.pool.query('drop table clankerbot.planted');
  });
});
