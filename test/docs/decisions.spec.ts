import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '../../docs/decisions');
const files = readdirSync(FOLDER).filter((name) => name !== 'README.md');
const index = readFileSync(join(FOLDER, 'README.md'), 'utf8');

describe('decisions', () => {
  it.each(files)('%s has a number, a title, its reasons, and a line in the index', (name) => {
    const text = readFileSync(join(FOLDER, name), 'utf8');
    const number = name.slice(0, 4);
    const title = new RegExp(`^# ${number}: (.+)\n`).exec(text)?.[1];
    expect(title).toBeDefined();
    const sections = [...text.matchAll(/^## (.+)$/gm)].map((match) => match[1]);
    expect(sections).toEqual(expect.arrayContaining(['Context', 'Decision']));
    expect(['Context', 'Considered', 'Decision', 'Consequences']).toEqual(expect.arrayContaining(sections));
    expect(index).toMatch(new RegExp(`\\| \\[${number}\\]\\(${name}\\) +\\| ${escaped(title ?? '')} +\\|`));
  });

  it('have no number twice', () => {
    const numbers = files.map((name) => name.slice(0, 4));
    expect(new Set(numbers).size).toBe(numbers.length);
  });
});

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
