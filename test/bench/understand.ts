import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * `npm run bench -- understand`: processor time of one sentence against 10,000 names. Every request of the development set is read in
 * turn, five times over; the first time is for the compiler.
 */
const folder = join(import.meta.dirname, '../understanding');
const built = join(import.meta.dirname, '../../dist');
const [{ understand }, { NameIndex }, { instantOf }] = (await Promise.all(
  ['parsing/grammar/understand.js', 'parsing/grammar/names.js', 'clock/wall-time.js'].map(
    (module) => import(join(built, module)),
  ),
)) as [
  typeof import('../../src/parsing/grammar/understand.ts'),
  typeof import('../../src/parsing/grammar/names.ts'),
  typeof import('../../src/clock/wall-time.ts'),
];
const { entitiesOf } = await import('../understanding/workspace-names.ts');
const { habitsOf } = await import('../understanding/measure.ts');

const NAMES = 10_000;
const LIMIT_MS = 5;
const WORDS =
  'north south alpha beta delta portal store mobile cloud data annual quarterly report design build launch'.split(
    ' ',
  );
const workspace = JSON.parse(readFileSync(join(folder, 'workspace.json'), 'utf8'));
const made = Array.from({ length: NAMES }, (_, at) => {
  const word = (by: number): string => WORDS[Math.floor(at / by) % WORDS.length] ?? '';
  return { kind: 'project' as const, id: `made ${at}`, name: `${word(1)} ${word(16)} ${word(256)} ${at}` };
});
const names = new NameIndex([...entitiesOf(workspace), ...made]);
const requests = readFileSync(join(folder, 'requests.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));
const took: number[] = [];
for (let turn = 0; turn < 6; turn++)
  for (const { text, now, zone, locale } of requests) {
    const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = now.split(/\D/).map(Number);
    const nowMs = instantOf({ year, month, day, hour, minute }, zone);
    const context = { nowMs, zone, locale, ...habitsOf(locale), workspaceId: 'w', names };
    const before = process.cpuUsage();
    understand(text, context);
    const { user, system } = process.cpuUsage(before);
    if (turn > 0) took.push((user + system) / 1000);
  }
took.sort((a, b) => a - b);
const at = (share: number): number => took[Math.floor(took.length * share)] ?? 0;
console.log(`${took.length} sentences against ${NAMES} names, processor time in ms:`);
console.log(
  `p50 ${at(0.5).toFixed(2)}, p90 ${at(0.9).toFixed(2)}, p99 ${at(0.99).toFixed(2)}, most ${took.at(-1)?.toFixed(2)} (p99 is to be under ${LIMIT_MS})`,
);
process.exit(at(0.99) < LIMIT_MS ? 0 : 1);
