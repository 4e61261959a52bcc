import { Reach } from '../../src/access/reach.js';
import { ActionRunner, type RunContext } from '../../src/actions/action-runner.js';
import { newId } from '../../src/clock/new-id.js';
import { asWorkspace } from '../../src/storage/workspace.js';
import { Statements } from '../../src/storage/statements.js';
import { type ActionsApp, startActionsApp } from '../support/actions-app.js';

describe('runs in the work of a workspace', () => {
  let service: ActionsApp;
  beforeAll(async () => {
    service = await startActionsApp();
    service.fake.onExecute = async () => ({ id: newId() });
  });
  afterAll(() => service.close());

  const run = (workspaceId: string, of: string, rest: Partial<RunContext> = {}) =>
    asWorkspace(workspaceId, () =>
      service.app.get(ActionRunner).run(
        {
          integration: 'clockify',
          operation: 'create_client',
          params: { workspaceId: of, body: { name: 'Acme' } },
        },
        {
          caller: { keyId: 'key:k', name: 'k', reach: Reach.ALL },
          requestId: newId(),
          priority: 'interactive',
          ...rest,
        } as RunContext,
      ),
    );
  const journal = (workspaceId: string) =>
    asWorkspace(workspaceId, async () => {
      const { rows } = await service.app
        .get(Statements)
        .query<{ outcome: string; of: string }>(
          'select outcome, workspace_id as of from clankerbot.action_runs',
        );
      return rows;
    });

  it('are its own, with a key and without', async () => {
    await run('ws-a', 'ws-a');
    await run('ws-a', 'ws-a', { idempotencyKey: 'once' });
    await run('ws-a', 'ws-a', { idempotencyKey: 'once' });
    await run('ws-b', 'ws-b');
    expect(service.fake.calls).toHaveLength(3);
    expect(await journal('ws-a')).toEqual([
      { outcome: 'succeeded', of: 'ws-a' },
      { outcome: 'succeeded', of: 'ws-a' },
    ]);
    expect(await journal('ws-b')).toEqual([{ outcome: 'succeeded', of: 'ws-b' }]);
  });

  it('with the key of a run of another workspace are refused, and see nothing of that run', async () => {
    service.fake.calls.length = 0;
    await run('ws-a', 'ws-a', { idempotencyKey: 'same' });
    await expect(run('ws-b', 'ws-b', { idempotencyKey: 'same' })).rejects.toMatchObject({
      code: 'conflict',
    });
    expect(service.fake.calls).toHaveLength(1);
    expect(await journal('ws-b')).toHaveLength(1);
  });
});
