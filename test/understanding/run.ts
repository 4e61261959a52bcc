import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Figures, figuresOf, isHeldBack, type Judged, measure, type Reader } from './measure.ts';
import type { Request, Workspace } from './request.ts';

const HELP = `npm run understand -- FILE.jsonl [options]

Reads every request of a file and prints how many were understood, per language and category.

  --workspace FILE      names of the workspace (test/understanding/workspace.json)
  --fold open|held      only the four fifths that are open, or the fifth that is held back (by a hash of the id)
  --quiet               no failures, figures only
  --coverage N          exit code 1 where coverage in any language is below N per cent
  --precision N         exit code 1 where precision in any language is below N per cent
  --wrong-on-ask N      exit code 1 where more than N of those to be asked were carried out, all together
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    workspace: { type: 'string', default: join(import.meta.dirname, 'workspace.json') },
    fold: { type: 'string' },
    quiet: { type: 'boolean', default: false },
    coverage: { type: 'string' },
    precision: { type: 'string' },
    'wrong-on-ask': { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const [file] = positionals;
if (values.help || file === undefined) {
  process.stdout.write(HELP);
  process.exit(values.help ? 0 : 2);
}

const judged = measure(
  requestsIn(file),
  JSON.parse(readFileSync(values.workspace, 'utf8')) as Workspace,
  await builtReader(),
);
if (!values.quiet) for (const one of judged) printFailure(one);
console.log(`\n${'group'.padEnd(24)} act   right wrong asked  | ask  asked wrong | coverage precision`);
printGroups('language', ({ request }) => request.lang);
printGroups('category', ({ request }) => request.category ?? request.op ?? 'ask');
printFigures('all', figuresOf(judged));
process.exit(isGoodEnough() ? 0 : 1);

function requestsIn(path: string): Request[] {
  const all = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as Request);
  return values.fold === undefined
    ? all
    : all.filter(({ id }) => isHeldBack(id) === (values.fold === 'held'));
}

async function builtReader(): Promise<Reader> {
  const built = join(import.meta.dirname, '../../dist');
  const [grammar, names, wall] = await Promise.all(
    ['parsing/grammar/understand.js', 'parsing/grammar/names.js', 'clock/wall-time.js'].map(
      (module) => import(join(built, module)) as Promise<object>,
    ),
  );
  return { ...grammar, ...names, ...wall } as Reader;
}

function printFailure({ request, verdict, outcome, faults }: Judged): void {
  if (verdict === 'right' || verdict === 'rightly-asked') return;
  console.log(`${verdict.padEnd(12)} ${request.id} ${request.lang} ${JSON.stringify(request.text)}`);
  for (const fault of faults) console.log(`             ${fault}`);
  const { outcome: kind, ...reading } = outcome;
  const short =
    'question' in outcome
      ? outcome.question
      : 'unread' in outcome
        ? { reason: outcome.reason, unread: outcome.unread.map(({ text }) => text) }
        : reading;
  console.log(`             ${kind} ${JSON.stringify(short).slice(0, 300)}`);
}

function printGroups(_title: string, groupOf: (one: Judged) => string): void {
  for (const [group, members] of [...Map.groupBy(judged, groupOf)].sort(([a], [b]) => (a < b ? -1 : 1)))
    printFigures(group, figuresOf(members));
  console.log('');
}

function printFigures(
  group: string,
  { act, ask, right, wrong, asked, rightlyAsked, wrongOnAsk, coverage, precision }: Figures,
): void {
  const cells = [act, right, wrong, asked].map((n) => String(n).padStart(5)).join(' ');
  const asks = [ask, rightlyAsked, wrongOnAsk].map((n) => String(n).padStart(5)).join(' ');
  console.log(
    `${group.padEnd(24)}${cells}  |${asks} | ${coverage.toFixed(1).padStart(6)} % ${precision.toFixed(1).padStart(6)} %`,
  );
}

function isGoodEnough(): boolean {
  const perLanguage = [...Map.groupBy(judged, ({ request }) => request.lang).values()].map(figuresOf);
  const isAtLeast = (limit: string | undefined, of: 'coverage' | 'precision'): boolean =>
    limit === undefined || perLanguage.every((figures) => figures[of] >= Number(limit));
  const most = values['wrong-on-ask'];
  const isFew = most === undefined || figuresOf(judged).wrongOnAsk <= Number(most);
  return isAtLeast(values.coverage, 'coverage') && isAtLeast(values.precision, 'precision') && isFew;
}
