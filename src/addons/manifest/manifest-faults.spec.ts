import fc from 'fast-check';
import { loadConfig } from '../../config/load-config.js';
import { storageConfig } from '../../storage/storage.config.js';
import { addonOf } from '../addon.js';
import { AddonManifests } from '../addon-manifests.js';
import { ADDON_SLUGS, addonsConfig } from '../addons.config.js';
import { writtenManifest } from './manifest.js';
import { manifestFaults } from './manifest-faults.js';
import { MANIFEST_RULES, MANIFEST_SCOPES, MANIFEST_VERSIONS } from './manifest-facts.js';

const PATH = '/webhooks/clockify';

function made(environment: Record<string, string> = {}): Record<string, unknown> {
  const config = loadConfig([storageConfig, addonsConfig], environment).get(addonsConfig);
  const manifest = new AddonManifests(config).of(addonOf('api-studio', config), 'https://studio.example.com');
  return writtenManifest(manifest) as Record<string, unknown>;
}

describe('manifests', () => {
  it.each(MANIFEST_VERSIONS.flatMap((version) => ADDON_SLUGS.map((slug) => [version, slug] as const)))(
    'are valid under version %s of the schema, for %s as it is',
    (version, slug) => {
      const config = loadConfig([storageConfig, addonsConfig], { ADDON_MANIFEST_VERSION: version }).get(
        addonsConfig,
      );
      const addon = addonOf(slug, config);
      const manifest = new AddonManifests(config).of(addon, 'https://studio.example.com');
      expect(manifestFaults(writtenManifest(manifest))).toEqual([]);
      expect(addon.events.length).toBe(version === '1.6' ? 20 : 10);
    },
  );

  it.each<[string, Record<string, unknown>, string]>([
    ['an empty list', { webhooks: [] }, 'webhooks must not be empty'],
    [
      'an empty list further in',
      { settings: { tabs: [{ id: 'a', name: 'A', settings: [] }] } },
      'must not be empty',
    ],
    ['a slash at the end of the address', { baseUrl: 'https://x.example.com/' }, 'baseUrl must be'],
    ['an address of another kind', { baseUrl: 'ftp://x.example.com' }, 'baseUrl must be'],
    ['a key of one letter', { key: 'x' }, 'key must have'],
    ['a name of 51 letters', { name: 'x'.repeat(51) }, 'name must have'],
    ['a plan that there is not', { minimalSubscriptionPlan: 'GOLD' }, 'minimalSubscriptionPlan must be'],
    ['a scope that there is not', { scopes: ['WORKSPACE_SETTINGS_READ'] }, 'scopes[0] must be'],
    ['a scope twice', { scopes: ['TAG_READ', 'TAG_READ'] }, 'scopes must not have an item twice'],
    [
      'an event of nobody',
      { webhooks: [{ event: 'NEW_MOON', path: PATH }] },
      'webhooks[0] must name an event',
    ],
    [
      'a path without a slash',
      { webhooks: [{ event: 'NEW_TAG', path: 'hooks' }] },
      'webhooks[0] must have a path',
    ],
    [
      'a path with a slash at its end',
      { lifecycle: [{ type: 'INSTALLED', path: '/a/' }] },
      'lifecycle[0] must',
    ],
    [
      'a lifecycle that there is not',
      { lifecycle: [{ type: 'PAUSED', path: '/a' }] },
      'lifecycle[0] must be',
    ],
    [
      'a page without a label',
      { components: [{ type: 'widget', accessLevel: 'ADMINS', path: '/a' }] },
      'label',
    ],
    ['an unknown version', { schemaVersion: '9' }, 'schemaVersion must be'],
    ['settings of no kind', { settings: 7 }, 'settings must be'],
    [
      'a setting without a value',
      {
        settings: {
          tabs: [
            {
              id: 'a',
              name: 'A',
              settings: [{ id: 'b', name: 'B', accessLevel: 'ADMINS', type: 'TXT', value: '' }],
            },
          ],
        },
      },
      'must have a value',
    ],
  ])('are refused with %s', (_what, change, expected) => {
    expect(manifestFaults({ ...made(), ...change }).join('; ')).toContain(expected);
  });

  it('hold no more webhooks than their version lets them', () => {
    for (const version of MANIFEST_VERSIONS) {
      const { events, webhooksMax } = MANIFEST_RULES[version];
      const webhooks = events.map((event) => ({ event, path: PATH }));
      const manifest = { ...made({ ADDON_MANIFEST_VERSION: version }), scopes: ['TAG_READ'] };
      expect(manifestFaults({ ...manifest, webhooks: webhooks.slice(0, webhooksMax) })).toEqual([]);
      expect(manifestFaults({ ...manifest, webhooks: webhooks.slice(0, webhooksMax + 1) })).toEqual([
        `webhooks must be ${webhooksMax} at the most`,
      ]);
    }
  });

  it('of anything at all are judged without an exception', () => {
    fc.assert(
      fc.property(
        fc.anything({ withNullPrototype: true }),
        fc.dictionary(fc.string(), fc.anything()),
        (one, more) => {
          expect(Array.isArray(manifestFaults(one))).toBe(true);
          expect(Array.isArray(manifestFaults({ ...made(), ...more }))).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("what is known of the vendor's schema", () => {
  it('are 42, 22, 22 and 51 events, none twice, and 30 scopes', () => {
    const counts = MANIFEST_VERSIONS.map((version) => new Set(MANIFEST_RULES[version].events).size);
    expect(counts).toEqual([42, 22, 22, 51]);
    expect(new Set(MANIFEST_SCOPES).size).toBe(30);
  });
});
