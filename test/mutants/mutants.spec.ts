import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { allMutants } from './all-mutants.ts';
import { occurrences } from './mutant.ts';

const ROOT = join(import.meta.dirname, '../..');
const inRoot = (file: string): string => join(ROOT, file);

describe('the faults that are planted', () => {
  it.each(allMutants.map((mutant): [string, (typeof allMutants)[number]] => [mutant.fault, mutant]))(
    'fit the code: %s',
    (_fault, { file, find, plant, tests }) => {
      const text = readFileSync(inRoot(file), 'utf8');
      expect([file, occurrences(text, find)]).toEqual([file, 1]);
      expect(plant).not.toBe(find);
      expect(tests.filter((test) => !existsSync(inRoot(test)))).toEqual([]);
    },
  );

  it('have names of their own', () => {
    const names = allMutants.map(({ fault }) => fault);
    expect(new Set(names).size).toBe(names.length);
  });
});
