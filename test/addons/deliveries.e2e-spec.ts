import { HeldDeliveries } from '../../src/addons/deliveries/held-deliveries.js';
import { Clock } from '../../src/clock/clock.js';
import {
  type LifecycleAnswer,
  type MarketInstallation,
  postJson,
} from '../clockify-sandbox/sandbox-marketplace.js';
import { createTokenSigner } from '../support/signing.js';
import { MovedClock } from '../support/moved-clock.js';
import { type AddonService, startAddonService } from './addon-service.js';

const TABLES = [
  'addon_held_deliveries',
  'addon_webhook_tokens',
  'addon_installations',
  'addon_arrivals',
  'events',
  'event_keys',
];
const EVENT = 'NEW_TIME_ENTRY';

describe('the deliveries of installations', () => {
  const clock = new MovedClock();
  let addons: AddonService;
  let counter = 0;
  beforeAll(async () => {
    addons = await startAddonService({}, (builder) => builder.overrideProvider(Clock).useValue(clock));
  });
  afterEach(async () => {
    clock.offsetMs = 0;
    for (const table of TABLES) await addons.service.engine.pool.query(`delete from clankerbot.${table}`);
  });
  afterAll(() => addons.close());

  const look = (): Promise<void> => addons.service.app.get(HeldDeliveries).look();
  const events = () => addons.rows('events');
  const entry = (installation: MarketInstallation) => ({
    id: `entry-${++counter}`,
    workspaceId: installation.workspaceId,
    userId: 'user-1',
    timeInterval: {},
  });

  it('become events of the add-on with the workspace of the token, answered in the shape of each predecessor', async () => {
    for (const slug of ['api-studio', 'universal-webhook'] as const) {
      const one = await addons.market.install(addons.manifestOf(slug));
      const { status, body } = await addons.market.deliver(one, EVENT, {
        id: 'no-workspace-in-it',
        timeInterval: {},
      });
      const stored = (await events()).find(({ source }) => source === slug);
      expect([status, stored?.['type'], stored?.['workspace_id']]).toEqual([200, EVENT, one.workspaceId]);
      expect(body).toMatchObject(
        slug === 'api-studio'
          ? { ok: true, status: 'received', webhook_id: stored?.['id'] }
          : {
              ok: true,
              status: 'received',
              webhookId: stored?.['id'],
              eventType: EVENT,
              workspaceId: one.workspaceId,
            },
      );
      expect(JSON.stringify(stored)).not.toContain(one.webhooks[0]?.authToken);
    }
  });

  it('are known as repeats of each other', async () => {
    const one = await addons.market.install(addons.manifestOf('api-studio'));
    const payload = entry(one);
    const first = await addons.market.deliver(one, EVENT, payload);
    const second = await addons.market.deliver(one, EVENT, payload);
    expect(second.body).toMatchObject({ webhook_id: first.body.webhook_id, duplicate: true });
  });

  it('are refused with whatever is not the token of that installation for that path', async () => {
    const one = await addons.market.install(addons.manifestOf('api-studio'));
    const other = await addons.market.install(addons.manifestOf('universal-webhook'));
    const stranger = createTokenSigner();
    const claims = { sub: one.manifest.key, workspaceId: one.workspaceId, addonId: one.addonId };
    const tokenOf = (installation: MarketInstallation, event: string): string =>
      installation.webhooks.find((webhook) => webhook.event === event)?.authToken ?? '';
    const wrong: Record<string, string | undefined> = {
      none: undefined,
      'of another event': tokenOf(one, 'NEW_PROJECT'),
      'of the other add-on': tokenOf(other, EVENT),
      'of the lifecycle': one.lifecycleToken,
      'of the installation': one.authToken,
      'right, and not the one that was given': await addons.market.sign({ ...claims, n: 2 }),
      'of another key': await stranger.sign(claims),
      'of a member': await addons.market.sign({ ...claims, workspaceRole: 'OWNER' }),
      'that ends': await addons.market.sign(claims, new Date(Date.now() + 60_000)),
      'a word': 'test-token',
    };
    for (const [what, token] of Object.entries(wrong)) {
      const { status } = await addons.market.deliver(one, EVENT, entry(one), { token });
      expect([what, status]).toEqual([what, 401]);
    }
    const disguised = await addons.market.deliver(one, EVENT, entry(one), { type: 'NEW_PROJECT' });
    const elsewhere = await addons.market.deliver(one, EVENT, { ...entry(one), workspaceId: 'workspace-2' });
    expect([disguised.status, elsewhere.status]).toEqual([401, 403]);
    expect([await events(), await addons.rows('addon_held_deliveries')]).toEqual([[], []]);
  });

  it('are taken at the path for all events, too, by any token of the installation', async () => {
    const one = await addons.market.install(addons.manifestOf('api-studio'));
    const send = (token: string): Promise<LifecycleAnswer> =>
      postJson(`${one.manifest.baseUrl}/webhooks/clockify`, entry(one), {
        'Clockify-Signature': token,
        'Clockify-Webhook-Event-Type': EVENT,
      });
    expect((await send(one.webhooks.at(-1)?.authToken ?? '')).status).toBe(200);
    expect((await send(one.lifecycleToken)).status).toBe(401);
  });

  it('wait an hour for their installation, and count once it is there', async () => {
    const one = await addons.market.prepare(addons.manifestOf('api-studio'), 'on-its-way');
    const { status, body } = await addons.market.deliver(one, EVENT, entry(one));
    expect([status, body.status, body.reason]).toEqual([200, 'error', 'no_installation']);
    await look();
    expect(await events()).toEqual([]);
    await addons.market.tellInstalled(one);
    await look();
    expect((await events()).map(({ workspace_id }) => workspace_id)).toEqual(['on-its-way']);
    expect(await addons.rows('addon_held_deliveries')).toEqual([]);
  });

  it('do not count when what arrives is another installation or another token', async () => {
    const one = await addons.market.prepare(addons.manifestOf('api-studio'), 'on-its-way');
    await addons.market.deliver(one, EVENT, entry(one));
    await addons.market.tellInstalled({ ...one, webhooks: one.webhooks.slice(1) });
    await look();
    expect([await events(), await addons.rows('addon_held_deliveries')]).toEqual([[], []]);
  });

  it('are dropped after the hour, and counted', async () => {
    const one = await addons.market.prepare(addons.manifestOf('universal-webhook'), 'never-there');
    const { body } = await addons.market.deliver(one, EVENT, entry(one));
    expect(body).toMatchObject({ ok: true, status: 'ignored', reason: 'no_installation' });
    clock.offsetMs = 3_599_000;
    await look();
    expect((await addons.rows('addon_held_deliveries')).length).toBe(1);
    clock.offsetMs = 3_602_000;
    await look();
    expect(await addons.rows('addon_held_deliveries')).toEqual([]);
    clock.offsetMs = 0; // Before a bucket of requests sees an hour that is to come.
    const metrics = await (await fetch(`${addons.service.url}/metrics`)).text();
    expect(metrics).toContain('webhooks_errors_total{addon="universal-webhook",reason="held_too_long"} 1');
  });

  it('are answered and dropped while the add-on is switched off', async () => {
    const one = await addons.market.install(addons.manifestOf('api-studio'));
    await addons.market.changeStatus(one, 'INACTIVE');
    const { status, body } = await addons.market.deliver(one, EVENT, entry(one));
    expect([status, body.reason]).toEqual([200, 'inactive']);
    await addons.market.changeStatus(one, 'ACTIVE');
    expect((await addons.market.deliver(one, EVENT, entry(one))).body.status).toBe('received');
    expect((await events()).length).toBe(1);
  });

  it('leave nothing behind when the installation ends, and those of others stay', async () => {
    const one = await addons.market.install(addons.manifestOf('api-studio'));
    const second = await addons.market.install(addons.manifestOf('api-studio'), 'workspace-2');
    const other = await addons.market.install(addons.manifestOf('universal-webhook'));
    for (const installation of [one, second, other])
      expect((await addons.market.deliver(installation, EVENT, entry(installation))).status).toBe(200);
    await addons.market.uninstall(one);
    const left = (await events()).map(({ source, workspace_id }) => [source, workspace_id]);
    expect(left).toEqual([
      ['api-studio', 'workspace-2'],
      ['universal-webhook', other.workspaceId],
    ]);
    expect((await addons.rows('event_keys')).length).toBe(2);
    expect((await addons.market.deliver(one, EVENT, entry(one))).body.reason).toBe('no_installation');
  });

  it('are counted by closed labels, whatever a sender calls its event', async () => {
    const one = await addons.market.install(addons.manifestOf('api-studio'));
    const before = await (await fetch(`${addons.service.url}/metrics`)).text();
    const token = one.webhooks[0]?.authToken ?? '';
    const { status } = await postJson(`${one.manifest.baseUrl}/webhooks/clockify`, entry(one), {
      'Clockify-Signature': token,
      'Clockify-Webhook-Event-Type': 'X{evil="1"} 1',
    });
    expect(status).toBe(200);
    const after = await (await fetch(`${addons.service.url}/metrics`)).text();
    expect(after).not.toContain('evil');
    const names = (text: string) =>
      [...new Set(text.match(/^(?:webhooks|lifecycle|addon)_[a-z_]+/gm))].sort();
    expect(names(after)).toEqual(names(before));
    expect(after).toContain('addon_healthcheck_database_status 1');
    expect(names(after)).toEqual([
      'addon_healthcheck_database_status',
      'addon_uptime_seconds',
      'lifecycle_installed_total',
      'lifecycle_settings_updated_total',
      'lifecycle_status_changed_total',
      'lifecycle_uninstalled_total',
      'webhooks_errors_total',
      'webhooks_received_total',
    ]);
  });
});

describe('/webhooks/clockify at the root of an add-on', () => {
  it("is the add-on's, but for who proves a delivery by the service's own secret", async () => {
    const addons = await startAddonService({
      ADDON_DEFAULT: 'api-studio',
      WEBHOOK_SHARED_SECRET: 'the-own-secret',
    });
    try {
      const one = await addons.market.install(`${addons.service.url}/manifest`);
      expect(one.manifest.baseUrl).toBe(addons.service.url);
      expect((await addons.market.deliver(one, EVENT, { id: 'a', timeInterval: {} })).body.status).toBe(
        'received',
      );
      const own = await postJson(
        `${addons.service.url}/webhooks/clockify`,
        { id: 'b' },
        { 'X-Webhook-Secret': 'the-own-secret' },
      );
      expect(own.body.data.received).toBe(true);
      expect((await addons.rows('events')).map(({ source }) => source).sort()).toEqual([
        'api-studio',
        'clockify',
      ]);
      expect((await postJson(`${addons.service.url}/webhooks/api-studio`, { id: 'c' })).status).toBe(401);
    } finally {
      await addons.close();
    }
  });
});
