import { ConfigError } from '../config/config-error.js';
import { loadConfig } from '../config/load-config.js';
import { storageConfig } from '../storage/storage.config.js';
import { addonsConfig } from './addons.config.js';

function mistakesOf(environment: Record<string, string>): string {
  try {
    loadConfig([storageConfig, addonsConfig], environment);
    return '';
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes.join('\n');
    throw error;
  }
}

describe('the configuration of add-ons', () => {
  it('is none at all by default', () => {
    const config = loadConfig([storageConfig, addonsConfig], { ADDONS: '' }).get(addonsConfig);
    expect([config.ADDONS, config.ADDON_HOSTS, config.ADDON_DEFAULT]).toEqual([[], [], undefined]);
  });

  it.each<[string, Record<string, string>, string]>([
    [
      'nothing to seal tokens with',
      { ADDONS: 'api-studio', DATABASE_URL: 'postgres://h/x' },
      'ADDONS needs ENCRYPTION_KEY on Postgres',
    ],
    [
      'an add-on that there is not',
      { ADDONS: 'studio' },
      'ADDONS entry 1 must be one of api-studio, universal-webhook',
    ],
    [
      'a default that is none of them',
      { ADDONS: 'api-studio', ADDON_DEFAULT: 'universal-webhook' },
      'ADDON_DEFAULT names',
    ],
    ['a host of none of them', { ADDON_HOSTS: 'x.example.com=api-studio' }, 'ADDON_HOSTS names api-studio'],
    [
      'a host that is none',
      { ADDONS: 'api-studio', ADDON_HOSTS: 'x/y=api-studio' },
      'entry 1 must be HOST=ADD-ON',
    ],
    [
      'a host twice',
      { ADDONS: 'api-studio,universal-webhook', ADDON_HOSTS: 'x.io=api-studio,X.io=universal-webhook' },
      'ADDON_HOSTS names a host twice',
    ],
    ['a key that Clockify refuses', { API_STUDIO_ADDON_KEY: 'x' }, 'API_STUDIO_ADDON_KEY must have 2 to 50'],
    ['a scope that there is not', { API_STUDIO_SCOPES: 'TAG_READ,TAG_ALL' }, 'API_STUDIO_SCOPES entry 2'],
    [
      'an event that there is not',
      { UNIVERSAL_WEBHOOK_EVENTS: 'NEW_TAG,NEW_MOON' },
      'UNIVERSAL_WEBHOOK_EVENTS entry 2',
    ],
    [
      'an event that the version does not know',
      { API_STUDIO_WEBHOOK_EVENTS: 'EXPENSE_CREATED', ADDON_MANIFEST_VERSION: '1.3' },
      'entry 1 must be an event that version 1.3',
    ],
    [
      'more events than the version takes',
      {
        API_STUDIO_WEBHOOK_EVENTS:
          'NEW_TAG,NEW_TASK,NEW_CLIENT,NEW_PROJECT,NEW_INVOICE,TIMER_STOPPED,NEW_TIME_ENTRY,TAG_UPDATED,TAG_DELETED,TASK_UPDATED,TASK_DELETED',
        ADDON_MANIFEST_VERSION: '1.2',
      },
      'must have 10 entries at the most',
    ],
  ])('is refused with %s', (_what, environment, expected) => {
    expect(mistakesOf(environment)).toContain(expected);
  });
});
