import { type AddonService, startAddonService } from './addon-service.js';

describe('the catalogue of an installation', () => {
  let addons: AddonService;
  beforeAll(async () => {
    addons = await startAddonService();
  });
  afterAll(() => addons.close());

  it("goes with it, and another account's catalogue of the workspace stays", async () => {
    const { market, manifestOf, service, rows } = addons;
    const one = await market.install(manifestOf('api-studio'));
    const account = `addon:api-studio:${one.workspaceId}`;
    for (const owner of [account, 'default'])
      await service.engine.pool.query(
        `with made as (insert into clankerbot.catalogue_workspaces (account, workspace_id) values ($1, $2)),
         ran as (insert into clankerbot.catalogue_runs
           (id, account, workspace_id, kind, status, requested_by, since, created_at)
           values ($1, $1, $2, 'full', 'running', 'x', now(), now()))
         insert into clankerbot.catalogue_entities
           (account, workspace_id, type, id, name, folded, archived, fetched_at)
         values ($1, $2, 'client', 'c', 'Acme', 'acme', false, now())`,
        [owner, one.workspaceId],
      );
    expect((await market.uninstall(one)).status).toBe(200);
    for (const table of ['catalogue_workspaces', 'catalogue_runs', 'catalogue_entities'])
      expect((await rows(table)).map((row) => row['account'])).toEqual(['default']);
  });
});
