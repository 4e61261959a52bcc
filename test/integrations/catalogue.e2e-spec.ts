import request from 'supertest';
import { schemaCheck } from '../../src/integrations/schema-validator.js';
import { startTestApp, type TestApp } from '../support/app.js';

interface View {
  name: string;
  summary: string;
  writes: boolean;
}

describe('the catalogue', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp();
  });
  afterAll(() => service.close());

  const get = (path: string) => request(service.url).get(path);

  it('lists the integrations, configured or not', async () => {
    const { body } = await get('/integrations').expect(200);
    expect(body.data.items).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'clockify', configured: false }),
        expect.objectContaining({ name: 'slack' }),
        expect.objectContaining({ name: 'github', configured: false }),
        expect.objectContaining({ name: 'http-request' }),
      ]),
    );
  });

  it('pages through all operations of Clockify: 161 names in words, 159 ids', async () => {
    const names: string[] = [];
    let cursor = '';
    do {
      const { body } = await get(`/integrations/clockify/operations?limit=100${cursor}`).expect(200);
      names.push(...body.data.items.map((item: View) => item.name));
      cursor = body.data.nextCursor === null ? '' : `&cursor=${body.data.nextCursor}`;
    } while (cursor !== '');
    expect(names).toHaveLength(320);
    expect(new Set(names).size).toBe(320);
    expect(names).toEqual(
      expect.arrayContaining(['create_client', 'start_timer', 'getProjects', 'ofWorkspace']),
    );
  });

  it('finds operations by words of their name, summary or tag', async () => {
    const { body } = await get('/integrations/clockify/operations?search=Running timer').expect(200);
    expect(body.data.items.map((item: View) => item.name)).toEqual(
      expect.arrayContaining(['stop_timer', 'current_timer', 'list_running_timers']),
    );
    const none = await get('/integrations/clockify/operations?search=frobnicate').expect(200);
    expect(none.body.data).toEqual({ items: [], nextCursor: null });
  });

  it('shows an operation with its schema and an example that satisfies it', async () => {
    const { body } = await get('/integrations/clockify/operations/create_client').expect(200);
    expect(body.data).toMatchObject({ integration: 'clockify', name: 'create_client', writes: true });
    expect(schemaCheck(body.data.params)(body.data.example)).toEqual([]);
    expect(schemaCheck(body.data.params)({ workspaceId: 'w', body: {} })).toEqual([
      { path: 'body.name', message: 'is required' },
    ]);
  });

  it('suggests names where one is not known', async () => {
    const operation = await get('/integrations/clockify/operations/creat_client').expect(404);
    expect(operation.body.error).toMatchObject({ code: 'not_found' });
    expect(operation.body.error.details.suggestions).toContain('create_client');
    const integration = await get('/integrations/clokify/operations').expect(404);
    expect(integration.body.error.details.suggestions).toEqual(['clockify']);
  });

  it.each(['?limit=0', '?limit=x', '?cursor=nonsense', '?unknown=1'])(
    'refuses the query %s',
    async (query) => {
      const { body } = await get(`/integrations/clockify/operations${query}`).expect(400);
      expect(body.error.code).toBe('validation_error');
    },
  );
});
