import { ClockifySandbox } from '../clockify-sandbox/clockify-sandbox.js';
import { SandboxMarketplace } from '../clockify-sandbox/sandbox-marketplace.js';
import { startTestApp, type TestApp, type TestAppOptions } from '../support/app.js';

export interface AddonService {
  service: TestApp;
  sandbox: ClockifySandbox;
  market: SandboxMarketplace;
  /** The manifest's address. */
  manifestOf(slug: string): string;
  rows(table: string): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

export const ADDONS_KEY = 'a-key-of-the-admin-1234567890';

/** A service that is both add-ons, and the marketplace that it believes. */
export async function startAddonService(
  env: Record<string, string> = {},
  override?: TestAppOptions['override'],
): Promise<AddonService> {
  const sandbox = new ClockifySandbox();
  await sandbox.start();
  const market = new SandboxMarketplace(sandbox);
  const service = await startTestApp({
    ...(override ? { override } : {}),
    env: {
      ...sandbox.environment,
      ...market.environment,
      ADDONS: 'api-studio,universal-webhook',
      ENCRYPTION_KEY: '0a'.repeat(32),
      API_KEYS: `boss:admin:${ADDONS_KEY}`,
      LOG_LEVEL: 'debug',
      ...env,
    },
  });
  return {
    service,
    sandbox,
    market,
    manifestOf: (slug) => `${service.url}/addons/${slug}/manifest`,
    rows: async (table) => (await service.engine.pool.query(`select * from clankerbot.${table}`)).rows,
    async close() {
      await service.close();
      await sandbox.stop();
    },
  };
}
