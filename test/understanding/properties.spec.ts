import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TimeZone } from '../../src/clock/time-zone.js';
import { instantOf, wallSeconds } from '../../src/clock/wall-time.js';
import { LANGUAGES } from '../../src/parsing/grammar/compiled.js';
import { folded } from '../../src/parsing/grammar/fold.js';
import { NameIndex } from '../../src/parsing/grammar/names.js';
import type { SayingContext } from '../../src/parsing/grammar/outcome.js';
import { understand } from '../../src/parsing/grammar/understand.js';
import { cases } from '../support/properties.js';
import { habitsOf } from './measure.js';
import type { Request, Workspace } from './request.js';
import { entitiesOf } from './workspace-names.js';

const folder = join(process.cwd(), 'test/understanding');
const workspace = JSON.parse(readFileSync(join(folder, 'workspace.json'), 'utf8')) as Workspace;
const names = new NameIndex(entitiesOf(workspace));
const requests = readFileSync(join(folder, 'requests.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Request);
const bookings = requests.filter(({ expect: wanted, op }) => wanted === 'act' && op === 'create_time_entry');

function contextOf({ now, zone, locale }: Pick<Request, 'now' | 'zone' | 'locale'>): SayingContext {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = now.split(/\D/).map(Number);
  const nowMs = instantOf({ year, month, day, hour, minute }, zone);
  return { nowMs, zone, ...(locale && { locale }), ...habitsOf(locale), workspaceId: 'w', names };
}

/** What would be carried out, whatever way its texts are written; undefined where nothing would be. */
function done(text: string, context: SayingContext): string | undefined {
  const outcome = understand(text, context);
  if (outcome.outcome !== 'action') return undefined;
  return folded(JSON.stringify([outcome.operation, outcome.params])).replace(/\s+/g, ' ');
}

const booking = fc.constantFrom(...bookings);
const WITHIN_A_DAY = { now: '2026-10-14T15:30', zone: 'Europe/Berlin' };

describe('a booking', () => {
  it('is the same in capitals, in small letters and with other spaces', () => {
    for (const request of bookings) {
      const context = contextOf(request);
      const meant = done(request.text, context);
      for (const text of [
        request.text.toUpperCase(),
        request.text.toLowerCase(),
        ` ${request.text.replaceAll(' ', '  ')} `,
      ])
        expect([text, done(text, context)]).toEqual([text, meant]);
    }
  });

  it('is the same without accents', () => {
    for (const request of bookings) {
      const plain = request.text.normalize('NFD').replace(/\p{M}/gu, '').normalize('NFC');
      expect([plain, done(plain, contextOf(request))]).toEqual([
        plain,
        done(request.text, contextOf(request)),
      ]);
    }
  });

  it('is the same with its project in quotes', () => {
    for (const request of bookings) {
      const { project = '' } = request.slots ?? {};
      if (!request.text.includes(project) || /["„«]/.test(request.text)) continue;
      const quoted = request.text.replace(project, `"${project}"`);
      expect([quoted, done(quoted, contextOf(request))]).toEqual([
        quoted,
        done(request.text, contextOf(request)),
      ]);
    }
  });

  const PARTS = {
    en: ['2h', 'yesterday', 'on Website', 'billable', '#urgent'],
    de: ['2h', 'gestern', 'auf Website', 'abrechenbar', '#urgent'],
    es: ['2h', 'ayer', 'en Website', 'facturable', '#urgent'],
    fr: ['2h', 'hier', 'sur Website', 'facturable', '#urgent'],
    sr: ['2h', 'juče', 'na Website', 'naplativo', '#urgent'],
  };

  it('is the same in every order of its parts and in every language', () => {
    const meant = done(PARTS.en.join(' '), contextOf(WITHIN_A_DAY));
    expect(meant).toContain('2026-10-13t07:00:00z');
    fc.assert(
      fc.property(
        fc
          .constantFrom(...Object.values(PARTS))
          .chain((parts) => fc.shuffledSubarray(parts, { minLength: 5 })),
        (parts) => {
          expect(done(parts.join(' '), contextOf(WITHIN_A_DAY))).toBe(meant);
        },
      ),
      cases(200),
    );
  });
});

describe('what is not to be booked', () => {
  const FRONTS: Readonly<Record<string, readonly string[]>> = {
    en: [
      "don't",
      'do not',
      'never',
      'not',
      'no',
      'did I',
      'should I',
      'why',
      'is it true that',
      'if possible',
      'maybe',
      'undo',
    ],
    de: ['nicht', 'nie', 'kein', 'habe ich', 'soll ich', 'warum', 'falls möglich', 'vielleicht', 'lösche'],
    es: ['no', 'nunca', 'debo', 'por qué', 'si puedes', 'quizás', 'borra'],
    fr: ['ne', 'jamais', 'dois-je', 'pourquoi', 'si possible', 'peut-être', 'supprime'],
    sr: ['ne', 'nemoj', 'nikad', 'da li', 'treba li', 'zašto', 'ako možeš', 'možda', 'obriši'],
  };

  it('has a negation or a question in front', () => {
    fc.assert(
      fc.property(booking, fc.nat(), (request, seed) => {
        const fronts = FRONTS[request.lang] ?? [];
        const text = `${fronts[seed % fronts.length]} ${request.text}`;
        expect([text, done(text, contextOf(request))]).toEqual([text, undefined]);
      }),
      cases(1_500),
    );
  });

  const words = new Set(LANGUAGES.flatMap((language) => [...language.words]));

  /** A slip that makes another word of the language is that word: nobody can tell. */
  function isAnotherWord(text: string): boolean {
    return [...text.matchAll(/\p{L}+/gu)].some(([word]) => words.has(folded(word)));
  }

  /** A slip within free text is a slip in free text. */
  function withoutText(meant: string | undefined): string | undefined {
    return meant?.replace(/,"description":"[^"]*"/, '');
  }

  it('is anything else than what was meant, when one letter slips', () => {
    fc.assert(
      fc.property(
        booking,
        fc.nat(),
        fc.constantFrom('drop', 'twice', 'swap', 'other'),
        fc.constantFrom(...'abcdefghijklmnoprstuvz'),
        (request, seed, kind, letter) => {
          const letters = [...request.text.matchAll(/\p{L}/gu)].map(({ index }) => index);
          const at = letters[seed % letters.length] ?? 0;
          const { text } = request;
          const slips = {
            drop: text.slice(0, at) + text.slice(at + 1),
            twice: text.slice(0, at + 1) + text.slice(at),
            swap: text.slice(0, at) + (text[at + 1] ?? '') + (text[at] ?? '') + text.slice(at + 2),
            other: text.slice(0, at) + letter + text.slice(at + 1),
          };
          const slipped = slips[kind];
          const changed = slipped.split(/\s+/).filter((word, index) => text.split(/\s+/)[index] !== word);
          if (changed.some(isAnotherWord)) return;
          const meant = done(text, contextOf(request));
          const found = done(slipped, contextOf(request));
          if (meant === undefined || found === undefined) return;
          expect([slipped, withoutText(found)]).toEqual([slipped, withoutText(meant)]);
        },
      ),
      cases(2_000),
    );
  });
});

describe('a time of day', () => {
  const ZONES = [
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'America/Santiago',
    'Asia/Tehran',
    'Pacific/Apia',
    'Africa/Casablanca',
    'UTC',
  ];
  const hosts = ['UTC', 'Pacific/Kiritimati', 'America/St_Johns'];

  it.each(hosts)('is what the wall shows or asked about when clocks change, on a machine in %s', (host) => {
    const before = process.env.TZ;
    process.env.TZ = host;
    try {
      const changes = ZONES.flatMap((zone) =>
        TimeZone.of(zone)
          .transitionsIn(2025)
          .map((ms) => ({ zone, ms })),
      );
      expect(changes.length).toBeGreaterThan(8);
      for (const { zone, ms } of changes)
        for (let quarter = -12; quarter <= 12; quarter++) {
          const start = wallSeconds(ms + quarter * 900_000, zone);
          const text = `log 1h on Website on ${start.slice(0, 10)} at ${start.slice(11, 16)}`;
          const nowMs = ms + 30 * 86_400_000;
          const outcome = understand(text, { nowMs, zone, ...habitsOf('en-GB'), workspaceId: 'w', names });
          const found = outcome.outcome === 'action' ? outcome.params : { start: undefined };
          const shown =
            typeof found['start'] === 'string' ? wallSeconds(Date.parse(found['start']), zone) : start;
          expect([text, zone, shown.slice(0, 16)]).toEqual([text, zone, start.slice(0, 16)]);
        }
    } finally {
      if (before === undefined) delete process.env.TZ;
      else process.env.TZ = before;
    }
  });
});

describe('any text', () => {
  it('has an outcome, and is no booking by accident', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 600 }), (text) => {
        expect(understand(text, contextOf(WITHIN_A_DAY)).outcome).not.toBe('action');
      }),
      cases(500),
    );
  });
});
