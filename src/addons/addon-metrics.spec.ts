import { Metrics } from '../observability/metrics.js';
import type { Statements } from '../storage/statements.js';
import { AddonMetrics } from './addon-metrics.js';
import type { Addon } from './addon.js';

type Asked = Pick<Statements, 'query'>;
const NAME = 'addon_healthcheck_database_status';

async function scraped(query: () => Promise<unknown>, slugs: string[] = ['api-studio']): Promise<string> {
  const metrics = new Metrics();
  const all = slugs.map((slug) => ({ slug }) as Addon);
  expect(new AddonMetrics(metrics, { all }, { query } as unknown as Asked)).toBeDefined();
  return metrics.registry.metrics();
}

describe('what add-ons say of the database', () => {
  it('is there and 0 while the database refuses or says nothing, since an alert asks for that', async () => {
    expect(await scraped(() => Promise.reject(new Error('connection refused')))).toContain(`${NAME} 0`);
    expect(await scraped(() => new Promise(() => undefined))).toContain(`${NAME} 0`);
    expect(await scraped(() => Promise.resolve({}))).toContain(`${NAME} 1`);
  });

  it('is nothing where this service is no add-on', async () => {
    expect(await scraped(() => Promise.resolve({}), [])).not.toContain(NAME);
  });
});
