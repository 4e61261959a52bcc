import { ConfigError } from '../config/config-error.js';
import { loadConfig } from '../config/load-config.js';
import { printConfig } from '../config/print-config.js';
import { accessConfig } from './access.config.js';
import { digestOf } from './api-key.js';

function mistakesOf(environment: Record<string, string>): readonly string[] {
  try {
    loadConfig([accessConfig], environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes;
    throw error;
  }
}

describe('the configuration of access', () => {
  it('lists every mistake at once, by its place and without the secret', () => {
    const mistakes = mistakesOf({
      API_KEYS: 'good:admin:long-enough-1,bad name:admin:long-enough-2,ci:boss:long-enough-3,long-enough-4',
      AUTH_MODE: 'closed',
      WEBHOOK_IP_ALLOWLIST: '10.0.0.0/8, 10.0.0.0/99, example.com',
    });
    expect(mistakes).toEqual([
      expect.stringMatching(
        /^API_KEYS entry 2 must begin with a name.*; entry 3 must have the role.*; entry 4 must be/,
      ),
      expect.stringContaining('AUTH_MODE must be one of auto, keys, open'),
      expect.stringMatching(/^WEBHOOK_IP_ALLOWLIST entry 2 must be .*; entry 3 must be /),
    ]);
    expect(mistakes.join()).not.toContain('long-enough');
  });

  it('lists a secret that is given to two callers, or with two roles', () => {
    const sha256 = digestOf('same-secret').toString('hex');
    expect(
      mistakesOf({
        API_KEYS: `ci:admin:same-secret,ops:admin:other-one,ci:viewer:sha256:${sha256},me:admin:same-secret`,
      }),
    ).toEqual([
      'API_KEYS entries 1 and 3 have the same secret; give each its own',
      'API_KEYS entries 1 and 4 have the same secret; give each its own',
      'API_KEYS entries 1 and 3 have the name ci but not the same role; give each its own name',
    ]);
    expect(mistakesOf({ API_KEYS: 'ci:admin:same-secret,ci:admin:same-secret' })).toEqual([]);
  });

  it('takes entries of one name for one caller, who has the same role with each', () => {
    expect(mistakesOf({ API_KEYS: 'ci:admin:first-secret,ci:admin:second-secret' })).toEqual([]);
    expect(mistakesOf({ API_KEYS: 'ci:admin:first-secret,ci:operator:second-secret' })).toEqual([
      'API_KEYS entries 1 and 2 have the name ci but not the same role; give each its own name',
    ]);
  });

  it.each([
    ['{"ci": {"flows": ["a"], "payloads": true}, "eye": {"payloads": false}}', []],
    ['{"ci": {"flows": []}}', []],
    ['{"c1": {"flows": ["a"]}}', ['API_KEY_SCOPES has c1, and API_KEYS has no key of that name']],
    [
      '{"boss": {"flows": ["a"]}}',
      [expect.stringContaining('the scope of boss is for viewers and operators')],
    ],
    [
      '{"ci": {"payloads": false}}',
      [expect.stringContaining('payloads of ci can be false for viewers only')],
    ],
    ['{"ci": {}}', [expect.stringContaining('ci must be bound to something')]],
    ['{"ci": {"flow": ["a"]}}', [expect.stringContaining('ci must have no flow')]],
    ['{"ci": {"flows": "a"}}', [expect.stringContaining('ci must have in flows a list')]],
    ['{"ci": ["a"]}', [expect.stringContaining('ci must be an object')]],
    ['ci', [expect.stringContaining('must be a JSON object')]],
  ])('reads the scopes %s, and says what is wrong with them', (scopes, mistakes) => {
    const API_KEYS = 'ci:operator:secret-of-ci,eye:viewer:secret-of-eye,boss:admin:secret-of-boss';
    expect(mistakesOf({ API_KEYS, API_KEY_SCOPES: scopes })).toEqual(mistakes);
  });

  it('names every secret for the redaction of logs, apart from its name and role too', () => {
    const config = loadConfig([accessConfig], { API_KEYS: 'ci:admin:first-secret, ci:admin:second-secret' });
    expect(config.secretTexts).toEqual(expect.arrayContaining(['first-secret', 'second-secret']));
  });

  it('is printed without keys and with the allowlist as written', () => {
    const printed = printConfig(
      loadConfig([accessConfig], {
        API_KEYS: 'ci:viewer:first-secret',
        API_KEY_SCOPES: '{"ci":{"payloads":false}}',
        WEBHOOK_IP_ALLOWLIST: '10.0.0.0/8,::1',
      }),
    );
    expect(printed).toContain('API_KEYS=(set, hidden)');
    expect(printed).toContain('API_KEY_SCOPES={"ci":{"payloads":false}}');
    expect(printed).toContain('WEBHOOK_IP_ALLOWLIST=10.0.0.0/8,::1');
    expect(printed).not.toContain('first-secret');
  });
});
