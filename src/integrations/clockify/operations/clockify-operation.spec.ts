import { schemaCheck } from '../../schema-validator.js';
import { clockifyOperations } from './clockify-operation.js';
import { operationIndex } from './operation-index.js';
import { arrangeParams } from './operation-params.js';

describe('the operations of Clockify', () => {
  const index = operationIndex();
  const operations = clockifyOperations();
  const find = (name: string) => operations.find((operation) => operation.name === name)!;

  it('are under unique names, the owner’s six among them', () => {
    expect(new Set(operations.map((o) => o.name)).size).toBe(operations.length);
    expect(operations.map((o) => o.name)).toEqual(
      expect.arrayContaining([
        'get_user',
        'list_workspaces',
        'get_workspace',
        'create_client',
        'list_clients',
        'create_time_entry',
      ]),
    );
  });

  it('reach every operation of the vendor by a name in words and by its own id', () => {
    const byWords = operations.filter((o) => o.name !== o.target.id && /^[a-z_]+$/.test(o.name));
    expect(new Set(byWords.map((o) => o.target.id)).size).toBe(159);
    expect(operations.filter((o) => o.name === o.target.id)).toHaveLength(159);
  });

  it.each(operations.map((o) => [o.name, o] as const))(
    '%s has an example that its own schema accepts',
    (_name, o) => {
      const check = schemaCheck(o.params);
      expect(check(o.example)).toEqual([]);
      expect(check({ ...o.example, surprise: 1 })).toEqual([
        { path: 'surprise', message: 'is not known here' },
      ]);
      expect(arrangeParams(o.target, index, o.example)).toEqual(o.example);
    },
  );

  it('name the list of every answer that is a list', () => {
    const lists = operations.filter((o) => o.target.result.kind === 'list' && !o.isFirstOfList);
    expect(lists.filter((o) => o.listName === undefined).map((o) => o.name)).toEqual([]);
    expect(find('list_workspaces').listName).toBe('workspaces');
  });

  it('say that reports and searches change nothing, although they are POST', () => {
    expect(['summary_report', 'find_invoices', 'getUserTotals'].map((name) => find(name).isWrite)).toEqual([
      false,
      false,
      false,
    ]);
    expect(
      ['create_client', 'stop_timer', 'delete', 'rotate_webhook_token'].map((n) => find(n).isWrite),
    ).toEqual([true, true, true, true]);
  });

  describe('params', () => {
    const faults = (name: string, params: object) =>
      schemaCheck(find(name).params)(params).map((f) => f.path);

    it('are all checked, at any depth', () => {
      expect(
        faults('create_time_entry', {
          body: { start: 'now', billable: 'yes', customFields: [{ customFieldId: 1 }] },
        }),
      ).toEqual(
        expect.arrayContaining([
          'workspaceId',
          'body.start',
          'body.billable',
          'body.customFields[0].customFieldId',
        ]),
      );
    });

    it('take no field that Clockify would silently drop', () => {
      const body = { start: '2026-01-05T09:00:00Z', customFieldValues: [] };
      expect(faults('create_time_entry', { workspaceId: 'w', body })).toEqual(['body.customFieldValues']);
    });

    it.each(['', '.', '..'])('take no %j for a path', (workspaceId) => {
      expect(faults('get_workspace', { workspaceId })).toContain('workspaceId');
    });

    it('take userId as given, or none where it is the current user', () => {
      expect(faults('list_time_entries', { workspaceId: 'w' })).toEqual([]);
      expect(faults('getTimeEntries', { workspaceId: 'w' })).toEqual(['userId']);
    });

    it('take a name where Clockify would refuse to do without, although its document does not say so', () => {
      expect(faults('create_client', { workspaceId: 'w', body: {} })).toEqual(['body.name']);
    });

    it.each([
      ['create_client', {}],
      ['update_client', { id: 'c' }],
      ['create_tag', {}],
      ['update_tag', { id: 't' }],
      ['create_group', {}],
      ['create_task', { projectId: 'p' }],
      ['create_shared_report', {}],
    ])('take no empty name for %s', (name, ids) => {
      const params = { ...find(name).example, workspaceId: 'w', ...ids };
      const body = { ...(params as { body?: object }).body, name: '' };
      expect(schemaCheck(find(name).params)({ ...params, body })).toContainEqual({
        path: 'body.name',
        message: 'must not be empty',
      });
    });

    it('take no empty name within a body, and any where it is looked for', () => {
      expect(
        faults('create_project', { workspaceId: 'w', body: { name: 'Site', tasks: [{ name: '' }] } }),
      ).toContain('body.tasks[0].name');
      expect(faults('find_users', { workspaceId: 'w', body: { name: '' } })).toEqual([]);
      expect(faults('list_clients', { workspaceId: 'w', name: '' })).toEqual([]);
    });

    it('take all: true for lists only', () => {
      expect(faults('list_clients', { workspaceId: 'w', all: true })).toEqual([]);
      expect(faults('get_client', { workspaceId: 'w', id: 'c', all: true })).toEqual(['all']);
    });
  });

  describe('arranging', () => {
    const arrange = (name: string, params: Record<string, unknown>) =>
      arrangeParams(find(name).target, index, params);

    it('moves fields of the body into it', () => {
      expect(arrange('create_client', { workspaceId: 'w', name: 'Acme' })).toEqual({
        workspaceId: 'w',
        body: { name: 'Acme' },
      });
      expect(arrange('create_client', { workspaceId: 'w', name: 'Acme', body: { note: 'x' } })).toEqual({
        workspaceId: 'w',
        body: { name: 'Acme', note: 'x' },
      });
    });

    it('leaves a field that is given twice where validation finds it', () => {
      const arranged = arrange('create_client', { workspaceId: 'w', name: 'A', body: { name: 'B' } });
      expect(arranged).toEqual({ workspaceId: 'w', name: 'A', body: { name: 'B' } });
      expect(schemaCheck(find('create_client').params)(arranged)).toEqual([
        { path: 'name', message: 'is not known here' },
      ]);
    });

    it('prefers a path or query parameter to a field of the same name', () => {
      expect(
        arrange('update_client', { workspaceId: 'w', id: 'c', name: 'A', 'archive-projects': true }),
      ).toEqual({
        workspaceId: 'w',
        id: 'c',
        'archive-projects': true,
        body: { name: 'A' },
      });
    });

    it('finds names whatever their hyphens', () => {
      expect(arrange('list_clients', { workspace_id: 'w', pageSize: 2, sort_order: 'ASCENDING' })).toEqual({
        workspaceId: 'w',
        'page-size': 2,
        'sort-order': 'ASCENDING',
      });
    });

    it('takes an unknown name for a field of the body, where there is one', () => {
      expect(arrange('create_client', { nmae: 'A' })).toEqual({ body: { nmae: 'A' } });
      expect(arrange('get_client', { nmae: 'A' })).toEqual({ nmae: 'A' });
    });
  });
});
