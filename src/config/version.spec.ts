import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { VERSION } from './version.js';

describe('the version', () => {
  it('is that of package.json', () => {
    const file = readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8');
    expect(VERSION).toBe((JSON.parse(file) as { version: string }).version);
  });
});
