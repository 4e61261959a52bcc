import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { instantOf, wallSeconds } from '../../src/clock/wall-time.js';
import { NameIndex } from '../../src/parsing/grammar/names.js';
import { understand } from '../../src/parsing/grammar/understand.js';
import { figuresOf, type Judged, measure } from './measure.js';
import type { Request, Workspace } from './request.js';

const folder = join(process.cwd(), 'test/understanding');
const workspace = JSON.parse(readFileSync(join(folder, 'workspace.json'), 'utf8')) as Workspace;
const requests = readFileSync(join(folder, 'requests.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Request);
const reader = { understand, NameIndex, instantOf, wallSeconds };

function judgedOf(some: readonly Request[]): Judged[] {
  return measure(some, workspace, reader);
}

describe('the development set', () => {
  const judged = judgedOf(requests);

  it('has a thousand requests in five languages, a quarter of them to be asked', () => {
    expect(requests.length).toBeGreaterThanOrEqual(1_000);
    expect(new Set(requests.map(({ lang }) => lang))).toEqual(new Set(['en', 'de', 'es', 'fr', 'sr']));
    expect(requests.filter(({ expect: wanted }) => wanted === 'ask').length * 4).toBeGreaterThanOrEqual(
      requests.length,
    );
    expect(new Set(requests.map(({ id }) => id)).size).toBe(requests.length);
  });

  it.each(['en', 'de', 'es', 'fr', 'sr'])('is understood in %s: 90 per cent, 99.5 of it right', (lang) => {
    const figures = figuresOf(judged.filter(({ request }) => request.lang === lang));
    expect(figures.coverage).toBeGreaterThanOrEqual(90);
    expect(figures.precision).toBeGreaterThanOrEqual(99.5);
  });

  it('leads to no booking where there is to be a question', () => {
    expect(
      judged.filter(({ verdict }) => verdict === 'wrong-on-ask').map(({ request }) => request.text),
    ).toEqual([]);
  });
});

describe('the measure', () => {
  const line: Request = {
    id: 'one',
    lang: 'en',
    text: 'log 2h on Website yesterday',
    now: '2026-10-14T15:30',
    zone: 'Europe/London',
    locale: 'en-GB',
    expect: 'act',
    op: 'create_time_entry',
    slots: { project: 'Website', minutes: 120, day: '2026-10-13' },
  };
  const verdictOf = (changed: Partial<Request>): string | undefined =>
    judgedOf([{ ...line, ...changed }])[0]?.verdict;

  it('takes a booking as it was meant for right, and any other for wrong', () => {
    expect(verdictOf({})).toBe('right');
    expect(verdictOf({ slots: { project: 'Website', minutes: 90, day: '2026-10-13' } })).toBe('wrong');
    expect(verdictOf({ slots: { project: 'API', minutes: 120, day: '2026-10-13' } })).toBe('wrong');
    expect(verdictOf({ op: 'start_timer' })).toBe('wrong');
    expect(verdictOf({ text: 'log 2h on Website yesterday "call"' })).toBe('wrong');
  });

  it('tells a question that was to be from one that was not', () => {
    expect(verdictOf({ text: 'log 2h on Support' })).toBe('asked');
    expect(verdictOf({ text: 'log 2h on Support', expect: 'ask' })).toBe('rightly-asked');
    expect(verdictOf({ expect: 'ask' })).toBe('wrong-on-ask');
    expect(verdictOf({ expect: 'ask', ok_to_act: true })).toBe('right');
  });

  it('counts what was carried out as meant', () => {
    const all = judgedOf([line, { ...line, text: 'log 2h on Support' }, { ...line, expect: 'ask' }]);
    expect(figuresOf(all)).toMatchObject({
      act: 2,
      ask: 1,
      right: 1,
      asked: 1,
      wrongOnAsk: 1,
      coverage: 50,
      precision: 50,
    });
  });
});
