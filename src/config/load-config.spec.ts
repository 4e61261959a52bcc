import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from './config-error.js';
import { readEnvironment } from './environment.js';
import { loadConfig } from './load-config.js';
import { printConfig } from './print-config.js';
import { defineSection } from './variable.js';
import { boolean, integer, list, oneOf, optionalUrl, secret, textList, url } from './variables.js';

const section = defineSection(
  'test',
  {
    SIZE: integer({ about: 'A size.', default: 5, min: 1, max: 10 }),
    FLAG: boolean({ about: 'A flag.', default: false }),
    MODE: oneOf(['fast', 'safe'], { about: 'A mode.', default: 'safe' }),
    PLACE: url({ about: 'A place.', default: 'http://localhost' }),
    STORE: optionalUrl({ about: 'A store.', protocols: ['postgres:'], isSecret: true }),
    NAMES: textList({ about: 'Names.' }),
    EVENS: list({
      about: 'Even numbers.',
      item: (text) => (Number(text) % 2 === 0 ? { value: Number(text) } : { mistake: 'must be even' }),
    }),
    PASSPHRASE: secret({ about: 'A secret.' }),
  },
  (values) => (values.FLAG && values.MODE === 'fast' ? ['FLAG cannot be combined with MODE=fast'] : []),
);

const load = (environment: Record<string, string>) => loadConfig([section], environment).get(section);

function mistakesOf(environment: Record<string, string>): readonly string[] {
  try {
    load(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes;
    throw error;
  }
  return [];
}

describe('configuration', () => {
  const directory = mkdtempSync(join(tmpdir(), 'config-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  it('has its defaults when nothing is set, and an empty value counts as not set', () => {
    expect(load({ SIZE: '', FLAG: '  ' })).toEqual({
      SIZE: 5,
      FLAG: false,
      MODE: 'safe',
      PLACE: 'http://localhost',
      STORE: undefined,
      NAMES: [],
      EVENS: [],
      PASSPHRASE: undefined,
    });
  });

  it('reads each kind of value', () => {
    const values = load({
      SIZE: '7',
      MODE: 'fast',
      PLACE: 'https://a.example/b/',
      NAMES: 'a, b,,c',
      EVENS: '2,4',
      FLAG: 'off',
    });
    expect(values).toMatchObject({
      SIZE: 7,
      FLAG: false,
      MODE: 'fast',
      PLACE: 'https://a.example/b',
      NAMES: ['a', 'b', 'c'],
      EVENS: [2, 4],
    });
  });

  it('takes one of several words in capitals as well', () => {
    expect(load({ MODE: 'FAST' }).MODE).toBe('fast');
  });

  it('lists every mistake at once', () => {
    const mistakes = mistakesOf({
      SIZE: '11',
      FLAG: 'maybe',
      MODE: 'slow',
      PLACE: 'ftp://a',
      EVENS: '2,3,x',
    });
    expect(mistakes).toEqual([
      'SIZE must be a whole number from 1 to 10, but is "11"',
      'FLAG must be true or false, but is "maybe"',
      'MODE must be one of fast, safe, but is "slow"',
      'PLACE must be a URL that starts with http:// or https://, but is "ftp://a"',
      'EVENS entry 2 must be even; entry 3 must be even, but is "2,3,x"',
    ]);
  });

  it.each(['1.5', '1e1', '0x5', ' ', 'five', '-1'])('takes no %j for a whole number', (text) => {
    expect(mistakesOf({ SIZE: text.trim() === '' ? 'x' : text })).toHaveLength(1);
  });

  it('checks rules between values once each value is right', () => {
    expect(mistakesOf({ FLAG: 'true', MODE: 'fast' })).toEqual(['FLAG cannot be combined with MODE=fast']);
  });

  it('never shows the text of a wrong secret', () => {
    const [mistake] = mistakesOf({ STORE: 'mysql://user:hunter22@host' });
    expect(mistake).toBe('STORE must be a URL that starts with postgres://');
  });

  it('lists a URL whose password has a % that stands for itself, and shows none of it', () => {
    expect(
      mistakesOf({ STORE: 'postgres://u:pa%zzword@h/d', PASSPHRASE: 'https://u:a%b@h', SIZE: '0' }),
    ).toEqual([
      'SIZE must be a whole number from 1 to 10, but is "0"',
      'STORE must have %25 in place of a % that stands for itself, as in a password',
    ]);
  });

  it('reads a secret from the file that NAME_FILE names', () => {
    const file = join(directory, 'passphrase');
    writeFileSync(file, 'from the file\n');
    expect(load({ PASSPHRASE_FILE: file }).PASSPHRASE).toBe('from the file');
  });

  it('lists a list of commas only, and an empty file, which are not the same as nothing', () => {
    const file = join(directory, 'empty');
    writeFileSync(file, ' \n');
    expect(mistakesOf({ NAMES: ', ,', EVENS: ',', PASSPHRASE_FILE: file })).toEqual([
      'NAMES must have an entry beside its commas, or be unset, but is ", ,"',
      'EVENS must have an entry beside its commas, or be unset, but is ","',
      `PASSPHRASE_FILE: ${file} is empty`,
    ]);
  });

  it('refuses NAME and NAME_FILE together, and a file that cannot be read', () => {
    expect(mistakesOf({ PASSPHRASE: 'a', PASSPHRASE_FILE: 'b' })).toEqual([
      'PASSPHRASE and PASSPHRASE_FILE are both set; keep one',
    ]);
    expect(mistakesOf({ PASSPHRASE_FILE: '/no/such/file' })).toEqual([
      'PASSPHRASE_FILE: /no/such/file cannot be read (ENOENT)',
    ]);
  });

  it('prints what is in force with every secret masked', () => {
    const config = loadConfig([section], {
      PASSPHRASE: 'hunter22',
      STORE: 'postgres://u:hunter33@h/d',
      NAMES: 'a,b',
    });
    const printed = printConfig(config);
    expect(printed).toContain('SIZE=5');
    expect(printed).toContain('NAMES=a,b');
    expect(printed).toContain('PASSPHRASE=(set, hidden)');
    expect(printed).not.toMatch(/hunter/);
    expect(config.secretTexts).toEqual(expect.arrayContaining(['hunter22', 'hunter33']));
  });

  it('reads the .env file, and what is set for the process wins over it', () => {
    const file = join(directory, '.env');
    writeFileSync(file, '# a comment\nSIZE=3\nMODE="fast"\n');
    expect(readEnvironment(file, { SIZE: '4' })).toEqual({ SIZE: '4', MODE: 'fast' });
    expect(readEnvironment(join(directory, 'none'), { SIZE: '4' })).toEqual({ SIZE: '4' });
  });

  it('reads the first line of a .env file that begins with a byte order mark', () => {
    const file = join(directory, 'marked');
    writeFileSync(file, '\uFEFFSIZE=3\nMODE=fast\n');
    expect(readEnvironment(file, {})).toEqual({ SIZE: '3', MODE: 'fast' });
  });

  it('says so where .env is not a file', () => {
    expect(() => readEnvironment(directory, {})).toThrow(`  - ${directory} is a directory and not a file`);
  });
});
