import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONFIG_SECTIONS } from '../../src/app.config.js';
import { configurationDocument, envExample } from '../../src/config/describe-config.js';

const read = (path: string): string => readFileSync(join(import.meta.dirname, '../..', path), 'utf8');
const names = CONFIG_SECTIONS.flatMap((section) => Object.keys(section.variables)).sort();

describe('what is written about the configuration', () => {
  it('.env.example lists exactly the variables that exist', () => {
    const listed = [...read('.env.example').matchAll(/^#? ?([A-Z][A-Z0-9_]+)=/gm)]
      .map((match) => match[1])
      .sort();
    expect(listed).toEqual(names);
  });

  it('docs/configuration.md lists exactly the variables that exist', () => {
    const listed = [...read('docs/configuration.md').matchAll(/^\| `([A-Z][A-Z0-9_]+)` \|/gm)]
      .map((match) => match[1])
      .sort();
    expect(listed).toEqual(names);
  });

  it('both say what the code says (npm run docs:config rewrites them)', () => {
    expect(read('.env.example')).toBe(envExample(CONFIG_SECTIONS));
    expect(read('docs/configuration.md')).toBe(
      configurationDocument(read('docs/configuration.md'), CONFIG_SECTIONS),
    );
  });

  it('a variable that can come from a file is called a secret, but for the two URLs that the text names', () => {
    const unnamed = CONFIG_SECTIONS.flatMap((section) => Object.entries(section.variables))
      .filter(([, { isSecret, kind }]) => isSecret !== kind.startsWith('secret'))
      .map(([name]) => name);
    expect(unnamed.sort()).toEqual(['DATABASE_URL', 'REDIS_URL']);
  });

  it('no two sections describe the same variable', () => {
    expect(new Set(names).size).toBe(names.length);
  });
});
