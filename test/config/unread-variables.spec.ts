import { CONFIG_SECTIONS } from '../../src/app.config.js';
import { unreadVariables } from '../../src/config/unread-variables.js';

const meant = (name: string) => unreadVariables(CONFIG_SECTIONS, { [name]: 'x' }).map((one) => one.meant);

describe('variables that nobody reads', () => {
  it.each([
    ['CLOCKIFY_APIKEY', 'CLOCKIFY_API_KEY'],
    ['clockify_api_key', 'CLOCKIFY_API_KEY'],
    ['CLOCKFY_API_KEY', 'CLOCKIFY_API_KEY'],
    ['CLOCKIFY_KEY', 'CLOCKIFY_API_KEY'],
    ['CLOCKIFY_API_KEYS', 'CLOCKIFY_API_KEY'],
    ['API_KEY', 'API_KEYS'],
    ['SLACK_TOKEN', 'SLACK_BOT_TOKEN'],
    ['GITHUB_SECRET', 'GITHUB_WEBHOOK_SECRET'],
    ['WEBHOOK_SECRET', 'WEBHOOK_SHARED_SECRET'],
    ['DATABASEURL', 'DATABASE_URL'],
    ['LOGLEVEL', 'LOG_LEVEL'],
    ['CLOCKIFY_APIKEY_FILE', 'CLOCKIFY_API_KEY_FILE'],
  ])('are found where they look like ours: %s', (name, expected) => {
    expect(meant(name)).toEqual([expected]);
  });

  it.each([
    'PATH',
    'HOME',
    'HOSTNAME',
    'NODE_ENV',
    'NODE_OPTIONS',
    'PWD',
    'LANG',
    'TERM',
    'KUBERNETES_SERVICE_HOST',
    'CLANKERBOT_PORT_8000_TCP_ADDR',
    'CLANKERBOT_SERVICE_PORT',
    'REDIS_PORT',
    'POSTGRES_PASSWORD',
    'GITHUB_TOKEN',
    'SLACK_CHANNEL',
    'HTTP_PROXY',
    'npm_config_cache',
  ])('are left alone where they are of other programs: %s', (name) => {
    expect(meant(name)).toEqual([]);
  });

  it('are none of those that are read, and none that are empty', () => {
    const names = CONFIG_SECTIONS.flatMap((section) => Object.keys(section.variables));
    expect(unreadVariables(CONFIG_SECTIONS, Object.fromEntries(names.map((name) => [name, 'x'])))).toEqual(
      [],
    );
    expect(unreadVariables(CONFIG_SECTIONS, { CLOCKIFY_APIKEY: '', CLOCKIFY_API_KEY_FILE: '/x' })).toEqual(
      [],
    );
  });
});
