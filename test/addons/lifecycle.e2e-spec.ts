import { ClockifyIntegration } from '../../src/integrations/clockify/clockify.integration.js';
import { InstallationTokens } from '../../src/addons/installations/installation-tokens.js';
import { postJson } from '../clockify-sandbox/sandbox-marketplace.js';
import { type AddonService, startAddonService } from './addon-service.js';
import { startTestApp } from '../support/app.js';
import { keptEngine } from '../support/kept-engine.js';

const SLUGS = ['api-studio', 'universal-webhook'] as const;

describe('the lifecycle of installations', () => {
  let addons: AddonService;
  beforeAll(async () => {
    addons = await startAddonService();
  });
  afterEach(async () => {
    for (const table of ['addon_webhook_tokens', 'addon_installations', 'addon_arrivals'])
      await addons.service.engine.pool.query(`delete from clankerbot.${table}`);
  });
  afterAll(() => addons.close());

  const callAs = async (account: string, workspaceId: string): Promise<unknown> => {
    const clockify = addons.service.app.get(ClockifyIntegration);
    const tags = clockify.operations().find(({ name }) => name === 'getTags');
    if (!tags) throw new Error('Clockify has no getTags any more');
    return clockify.execute(tags, { workspaceId }, { account, requestId: 'r1', priority: 'interactive' });
  };

  it('is answered in the shape of each predecessor, from the installation to its end', async () => {
    const { market, manifestOf } = addons;
    const answers: Record<string, unknown[]> = {};
    for (const slug of SLUGS) {
      const one = await market.prepare(manifestOf(slug));
      const all = [
        await market.tellInstalled(one),
        await market.updateSettings(one, []),
        await market.changeStatus(one, 'INACTIVE'),
        await market.uninstall(one),
      ];
      expect(all.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
      answers[slug] = all.map(({ body: { requestId: _id, ...rest } }) => rest);
    }
    const { workspace } = addons.sandbox;
    expect(answers['api-studio']).toEqual(
      Array.from({ length: 4 }, () => ({ ok: true, status: 'ok', message: expect.any(String) })),
    );
    expect(answers['universal-webhook']).toEqual([
      { ok: true, status: 'installed', workspaceId: workspace.id, bootstrap: 'disabled' },
      { ok: true, status: 'settings_updated', workspaceId: workspace.id },
      { ok: true, status: 'status_changed', workspaceId: workspace.id },
      { ok: true, status: 'uninstalled', workspaceId: workspace.id },
    ]);
  });

  it('has Clockify called with the token of the installation, as long as it is active', async () => {
    const { market, manifestOf, sandbox } = addons;
    const one = await market.install(manifestOf('api-studio'));
    const account = `addon:api-studio:${one.workspaceId}`;
    await callAs(account, one.workspaceId);
    expect(sandbox.requests.all.at(-1)?.headers['x-addon-token']).toBe(one.authToken);
    await market.changeStatus(one, 'INACTIVE');
    await expect(callAs(account, one.workspaceId)).rejects.toMatchObject({ code: 'unauthorized' });
    await market.changeStatus(one, 'ACTIVE');
    await callAs(account, one.workspaceId);
    await market.uninstall(one);
    await expect(callAs(account, one.workspaceId)).rejects.toMatchObject({ code: 'unauthorized' });
    await expect(callAs('addon:api-studio:nobody', 'nobody')).rejects.toMatchObject({ code: 'unauthorized' });
  });

  it('keeps tokens sealed, and shows them in no answer, no log and no table', async () => {
    const { market, manifestOf, rows, service } = addons;
    const one = await market.prepare(manifestOf('universal-webhook'));
    const { text } = await market.tellInstalled(one, {
      webhooks: [
        { path: 'https://x.example.com//webhooks/clockify/', authToken: one.lifecycleToken.slice(0, -5) },
      ],
    });
    const kept = JSON.stringify([await rows('addon_installations'), await rows('addon_webhook_tokens')]);
    for (const token of [one.authToken, one.lifecycleToken.slice(0, -5)])
      for (const place of [text, kept, JSON.stringify(service.logs)]) expect(place).not.toContain(token);
    expect((await rows('addon_webhook_tokens')).map(({ path }) => path)).toEqual(['/webhooks/clockify']);
  });

  it('stands as the same one installation when it is told 50 times at once', async () => {
    const { market, manifestOf, rows } = addons;
    const one = await market.prepare(manifestOf('api-studio'));
    const answers = await Promise.all(Array.from({ length: 50 }, () => market.tellInstalled(one)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect((await rows('addon_installations')).map(({ addon_id }) => addon_id)).toEqual([one.addonId]);
  });

  it('does not come back by a repeat that arrives behind its end, nor by an end that arrives first', async () => {
    const { market, manifestOf, rows } = addons;
    const one = await market.install(manifestOf('api-studio'));
    await market.uninstall(one);
    expect((await market.tellInstalled(one)).status).toBe(200);
    const never = await market.prepare(manifestOf('api-studio'));
    expect((await market.uninstall(never)).status).toBe(200);
    expect((await market.tellInstalled(never)).status).toBe(200);
    expect(await rows('addon_installations')).toEqual([]);
  });

  it('is that of the later installation, in whichever order the two and the end of the first arrive', async () => {
    const { market, manifestOf, rows } = addons;
    const first = await market.prepare(manifestOf('api-studio'), undefined, new Date(Date.now() - 60_000));
    const second = await market.prepare(manifestOf('api-studio'));
    const steps = [
      () => market.tellInstalled(first),
      () => market.tellInstalled(second),
      () => market.uninstall(first),
    ];
    for (const order of [
      [0, 1, 2],
      [0, 2, 1],
      [1, 0, 2],
      [1, 2, 0],
      [2, 0, 1],
      [2, 1, 0],
    ]) {
      for (const step of order) expect((await steps[step]!()).status).toBe(200);
      expect((await rows('addon_installations')).map(({ addon_id }) => addon_id)).toEqual([second.addonId]);
      await addons.service.engine.pool.query('delete from clankerbot.addon_installations');
      await addons.service.engine.pool.query('delete from clankerbot.addon_arrivals');
    }
  });

  it('ends with nothing left, also when it ends while it is told 20 times', async () => {
    const { market, manifestOf, rows } = addons;
    const one = await market.prepare(manifestOf('api-studio'));
    const calls = Array.from({ length: 20 }, (_none, i) =>
      i === 10 ? market.uninstall(one) : market.tellInstalled(one),
    );
    expect(new Set((await Promise.all(calls)).map(({ status }) => status))).toEqual(new Set([200]));
    expect([await rows('addon_installations'), await rows('addon_webhook_tokens')]).toEqual([[], []]);
    expect((await market.uninstall(one)).status).toBe(200);
    expect(JSON.stringify(await rows('addon_arrivals'))).not.toContain(one.workspaceId);
  });

  it('of two add-ons in one workspace are two', async () => {
    const { market, manifestOf, rows } = addons;
    const studio = await market.install(manifestOf('api-studio'));
    const webhook = await market.install(manifestOf('universal-webhook'));
    await market.uninstall(studio);
    expect((await rows('addon_installations')).map(({ addon_id }) => addon_id)).toEqual([webhook.addonId]);
  });

  it('reads settings as a list, an object and sections, and leaves out what is of no use', async () => {
    const { market, manifestOf, rows } = addons;
    const one = await market.install(manifestOf('universal-webhook'));
    for (const [given, read] of [
      [[{ id: 'max_rps', name: 'x', value: 5 }, { id: 'other', value: 1 }, null, 7], { max_rps: 5 }],
      [{ bootstrap: { max_rps: '7', run_on_install: 'false' } }, { max_rps: 7, run_on_install: false }],
      [{ enable_flows: 'perhaps', cache_ttl_days: -1, time_entry_days: 1.5, max_rps: { a: 1 } }, {}],
      [[], {}],
    ] as const) {
      expect((await market.updateSettings(one, given)).status).toBe(200);
      expect((await rows('addon_installations'))[0]?.['settings']).toEqual(read);
    }
    for (const wrong of [7, 'text', null, true])
      expect((await market.updateSettings(one, wrong)).status).toBe(422);
  });

  it('names what a body lacks, with the status of each predecessor, and takes both spellings', async () => {
    const { market, manifestOf, rows } = addons;
    for (const [slug, status] of [
      ['api-studio', 400],
      ['universal-webhook', 422],
    ] as const) {
      const one = await market.prepare(manifestOf(slug));
      const { body, ...answer } = await market.tell(one, 'INSTALLED', { workspaceId: one.workspaceId });
      expect([answer.status, body.error.details.map(({ path }: { path: string }) => path)]).toEqual([
        status,
        ['addonId', 'authToken', 'apiUrl'],
      ]);
      const snake = {
        workspace_id: one.workspaceId,
        addon_id: one.addonId,
        auth_token: one.authToken,
        api_url: 'https://api.clockify.me',
      };
      expect((await market.tell(one, 'INSTALLED', snake)).status).toBe(200);
      expect((await market.tell(one, 'STATUS_CHANGED', { ...snake, status: 'ASLEEP' })).status).toBe(status);
      for (const wrong of ['[]', '"x"', '{', '', `{"a":"${'x'.repeat(6 * 1024 * 1024)}"}`])
        expect((await market.tell(one, 'INSTALLED', wrong)).status).toBeGreaterThanOrEqual(400);
    }
    expect((await rows('addon_installations')).length).toBe(2);
  });

  it('is unknown where nothing was installed, as each predecessor had it', async () => {
    const { market, manifestOf } = addons;
    for (const [slug, status] of [
      ['api-studio', 200],
      ['universal-webhook', 404],
    ] as const) {
      const one = await market.prepare(manifestOf(slug), 'elsewhere');
      expect((await market.changeStatus(one, 'INACTIVE')).status).toBe(404);
      expect((await market.updateSettings(one, {})).status).toBe(404);
      expect((await market.uninstall(one)).status).toBe(status);
    }
  });

  it('is sealed anew with a newer key, while the older one still opens', async () => {
    const { market, manifestOf, service, rows } = addons;
    const one = await market.install(manifestOf('api-studio'));
    const [before] = await rows('addon_installations');
    const [older, newer] = ['0a'.repeat(32), '0b'.repeat(32)];
    const next = await startTestApp({
      engine: keptEngine(service.engine),
      env: { ADDONS: 'api-studio', ENCRYPTION_KEY: newer, ENCRYPTION_KEY_PREVIOUS: older },
    });
    try {
      await next.app.get(InstallationTokens).reseal();
    } finally {
      await next.close();
    }
    const [after] = await rows('addon_installations');
    expect(after?.['key_id']).not.toBe(before?.['key_id']);
    expect(after?.['addon_id']).toBe(one.addonId);
  });
});

describe('the rows of an installation', () => {
  /** Tables that name a workspace and are no installation's: with the reason. */
  const OTHERS = new Map([
    ['flow_runs', 'runs of flows of the service itself; retention removes them'],
    ['action_runs', 'the journal of the service itself; retention removes it'],
    ...['flows', 'schedules', 'schedule_answers', 'jobs', 'action_confirmations'].map(
      (name) => [name, 'nothing makes any for an installation yet; whoever does registers'] as const,
    ),
  ]);

  it('are in tables that somebody answers for, by the catalogue of tables', async () => {
    const { InstallationRows } = await import('../../src/addons/installations/installation-rows.js');
    const addons = await startAddonService();
    try {
      const { rows } = await addons.service.engine.pool.query<{ name: string }>(
        `select distinct table_name as name from information_schema.columns
         where table_schema = 'clankerbot' and column_name = 'workspace_id'`,
      );
      const held = addons.service.app.get(InstallationRows).tables;
      const named = rows.map(({ name }) => name);
      expect(named.filter((name) => !held.includes(name) && !OTHERS.has(name))).toEqual([]);
      expect(held.filter((name) => !named.includes(name))).toEqual([]);
    } finally {
      await addons.close();
    }
  });
});

describe('a service that asks for no tokens', () => {
  const BODY = {
    addonId: 'test-addon',
    authToken: 'test-token',
    workspaceId: 'test-workspace',
    apiUrl: 'https://api.clockify.me',
  };
  const UNVERIFIED = {
    ADDON_DEFAULT: 'api-studio',
    API_STUDIO_REQUIRE_SIGNATURE_VERIFICATION: 'false',
  };

  it('does so only where whoever calls may do everything, and then takes the call of the guide as it is written', async () => {
    const closed = await startAddonService(UNVERIFIED);
    try {
      expect((await postJson(`${closed.service.url}/lifecycle/installed`, BODY)).status).toBe(401);
    } finally {
      await closed.close();
    }
    const open = await startAddonService({ ...UNVERIFIED, API_KEYS: '' });
    try {
      const { status, body } = await postJson(`${open.service.url}/lifecycle/installed`, BODY);
      expect([status, body.status]).toEqual([200, 'ok']);
      expect(JSON.stringify(await open.rows('addon_installations'))).not.toContain('test-token');
      const elsewhere = { ...BODY, apiUrl: 'https://clockify.me.evil.example' };
      expect((await postJson(`${open.service.url}/lifecycle/installed`, elsewhere)).status).toBe(400);
      const page = await postJson(`${open.service.url}/lifecycle/installed`, BODY, {
        Origin: 'https://evil.example',
      });
      expect(page.status).toBe(401);
      const other = await postJson(`${open.service.url}/addons/universal-webhook/lifecycle/installed`, BODY);
      expect(other.status).toBe(401);
      expect(
        (await postJson(`${open.service.url}/lifecycle/uninstalled`, { workspaceId: 'test-workspace' }))
          .status,
      ).toBe(200);
      expect(await open.rows('addon_installations')).toEqual([]);
    } finally {
      await open.close();
    }
  });
});
