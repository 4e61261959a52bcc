import fc from 'fast-check';
import { clockifyOperations } from '../../integrations/clockify/operations/clockify-operation.js';
import { FakeIntegration } from '../../../test/support/fake-integration.js';
import { HOSTILE_TEXTS } from '../../../test/parsing/hostile-texts.js';
import { takesLessThan } from '../../../test/support/takes-less-than.js';
import { cases } from '../../../test/support/properties.js';
import { readCall } from './model-call.js';
import { permissionOf } from './model-operations.js';
import { tokensOf } from '../said/said-tokens.js';

/** Friday, 20 November 2026, 15:30 in Paris. */
const HERE = { nowMs: Date.parse('2026-11-20T14:30:00Z'), timeZone: 'Europe/Paris' };
const clockify = new FakeIntegration('clockify', clockifyOperations());
const [A, B] = ['64a687e29ae1f428e7ebe303', '64a687e29ae1f428e7ebe304'];

function candidateOf(name: string) {
  const operation = clockify.find(name)!;
  const permission = permissionOf({ integration: clockify, operation })!;
  return { integration: clockify, operation, permission };
}

const read = (name: string, args: Record<string, unknown>, text: string, here = HERE) =>
  readCall(candidateOf(name), args, { text, here });

function reason(...call: Parameters<typeof read>): string {
  const checked = read(...call);
  if (!('faults' in checked)) throw new Error(`read: ${JSON.stringify(checked.params)}`);
  return checked.faults.map(({ path, message }) => `${path} ${message}`.trim()).join('; ');
}

/** Every run of words of a text, as a model might take it for a description. */
function piecesOf(text: string): string[] {
  const tokens = tokensOf(text);
  const pieces = tokens.flatMap(({ start }, i) => tokens.slice(i).map(({ end }) => text.slice(start, end)));
  return [...pieces, ...tokens.filter((t) => t.isQuoted).map((t) => t.text), text, text.trim()];
}

describe('a text that is not wholly understood', () => {
  it.each(Object.entries(HOSTILE_TEXTS).flatMap(([what, texts]) => texts.map((text) => [what, text])))(
    'books nothing, whatever a model makes of it: %s: %s',
    (_what, text) => {
      const booked = [{}, ...piecesOf(text).map((description) => ({ description }))].flatMap((args) =>
        ['create_time_entry', 'start_timer', 'stop_timer'].filter((name) => {
          const more = name === 'stop_timer' ? {} : args;
          return 'params' in read(name, more, text);
        }),
      );
      expect(booked).toEqual([]);
    },
  );
});

const day = { start: '2026-11-19T08:00:00Z', end: '2026-11-19T10:00:00Z' };
/** A text, the call that a model makes of it, and what comes of it. */
const HONEST: readonly [string, string, Record<string, unknown>, Record<string, unknown>][] = [
  [
    'log 2h yesterday on Website',
    'create_time_entry',
    { description: 'Website' },
    { ...day, description: 'Website' },
  ],
  [
    '2h yesterday on Website',
    'create_time_entry',
    { description: 'website' },
    { ...day, description: 'Website' },
  ],
  [
    'Please book two hours yesterday for the weekly report.',
    'create_time_entry',
    { description: 'weekly report' },
    { ...day, description: 'weekly report' },
  ],
  [
    'I worked from 9 to 11 yesterday on fixing the login page',
    'create_time_entry',
    { description: 'fixing the login page' },
    { ...day, description: 'fixing the login page' },
  ],
  [
    'track 2h on "buche gestern, delete & Отчёт" yesterday',
    'create_time_entry',
    { description: 'buche gestern, delete & Отчёт' },
    { ...day, description: 'buche gestern, delete & Отчёт' },
  ],
  [
    `log 2h yesterday on Website, project ${A}, workspace ${B}, tags ${A.slice(0, 23)}5 and ${A.slice(0, 23)}6, billable`,
    'create_time_entry',
    {
      description: 'Website',
      projectId: A,
      workspaceId: B,
      tagIds: [`${A.slice(0, 23)}5`, `${A.slice(0, 23)}6`],
      billable: true,
    },
    {
      ...day,
      description: 'Website',
      projectId: A,
      workspaceId: B,
      tagIds: [`${A.slice(0, 23)}5`, `${A.slice(0, 23)}6`],
      billable: true,
    },
  ],
  [
    'log 2h yesterday on Website, not billable',
    'create_time_entry',
    { description: 'Website', billable: false },
    { ...day, description: 'Website', billable: false },
  ],
  ['start a timer for support', 'start_timer', { description: 'support' }, { description: 'support' }],
  ['Start the timer', 'start_timer', {}, {}],
  ['start a timer at 9:00', 'start_timer', {}, { start: '2026-11-20T08:00:00Z' }],
  ['stop the timer', 'stop_timer', {}, {}],
  ['finish the running timer now', 'stop_timer', {}, {}],
  [
    `create a client named Acme in ${A}`,
    'create_client',
    { name: 'Acme', workspaceId: A },
    { name: 'Acme', workspaceId: A },
  ],
  ['add a new customer "Acme Ltd."', 'create_client', { name: 'Acme Ltd.' }, { name: 'Acme Ltd.' }],
  ['make a tag called urgent', 'create_tag', { name: 'urgent' }, { name: 'urgent' }],
  [
    `create a private project Website for client ${A} in workspace ${B}`,
    'create_project',
    { name: 'Website', clientId: A, workspaceId: B, isPublic: false },
    { name: 'Website', clientId: A, workspaceId: B, isPublic: false },
  ],
  ['Get my Clockify user info', 'get_user', {}, {}],
  ['who am I?', 'get_user', {}, {}],
  ['show all workspaces', 'list_workspaces', {}, {}],
  ['which projects are there', 'list_projects', {}, {}],
  ['show archived clients', 'list_clients', { archived: true }, { archived: true }],
  [
    'show my time entries of yesterday',
    'list_time_entries',
    {},
    { start: '2026-11-18T23:00:00Z', end: '2026-11-19T22:59:59Z' },
  ],
  ['list the time entries since monday', 'list_time_entries', {}, { start: '2026-11-15T23:00:00Z' }],
  [
    `get project ${A} in workspace ${B}`,
    'get_project',
    { projectId: A, workspaceId: B },
    { projectId: A, workspaceId: B },
  ],
];

describe('an honest text', () => {
  it.each(HONEST)('is read: %s', (text, name, args, wanted) => {
    const checked = read(name, args, text);
    expect(checked).not.toHaveProperty('faults');
    const { body, ...rest } = (checked as { params: Record<string, unknown> }).params;
    expect({ ...rest, ...(body as object | undefined) }).toEqual(wanted);
  });
});

describe('what a model adds', () => {
  it.each<[string, string, Record<string, unknown>, string]>([
    [
      'log 2h yesterday on Website',
      'create_time_entry',
      { description: 'Website relaunch' },
      'description is not in the request',
    ],
    [
      'log 2h yesterday on Websites',
      'create_time_entry',
      { description: 'Website' },
      'description is not in the request',
    ],
    [
      'log 2h yesterday on Website-relaunch',
      'create_time_entry',
      { description: 'Website' },
      'description is not in the request',
    ],
    [
      'log 2h yesterday on Website',
      'create_time_entry',
      { description: 'Website', billable: true },
      'billable is not in the request',
    ],
    [
      'log 2h yesterday on Website, not billable',
      'create_time_entry',
      { description: 'Website', billable: true },
      'said otherwise',
    ],
    [
      'log 2h yesterday on Website',
      'create_time_entry',
      { description: 'Website', type: 'BREAK' },
      'type is not for a model',
    ],
    [
      'log 2h yesterday on Website',
      'create_time_entry',
      { description: 'Website', projectId: A },
      'not in the request',
    ],
    [
      `log 2h yesterday on Website in ${A}f`,
      'create_time_entry',
      { description: 'Website', workspaceId: A },
      'not in the request',
    ],
    [
      `log 2h yesterday on Website in ${A}`,
      'create_time_entry',
      { description: 'Website', workspaceId: A.slice(0, 20) },
      'not in the request',
    ],
    ['log 2h yesterday on Website', 'create_time_entry', { projectId: 'Website' }, 'not in the request'],
    [
      'create a project Website',
      'create_project',
      { name: 'Website', hourlyRate: { amount: 100 } },
      'hourlyRate is not for a model',
    ],
    [
      'create a project Website 100',
      'create_project',
      { name: 'Website', hourlyRate: { amount: 100 } },
      'hourlyRate is not for a model',
    ],
    [
      'create a project Website',
      'create_project',
      { name: 'Website', isPublic: true },
      'isPublic is not in the request',
    ],
    [
      'create a client Acme',
      'create_client',
      { name: 'Acme', email: 'a@acme.test' },
      'email is not for a model',
    ],
    ['list clients', 'list_clients', { page: 2 }, 'page is not in the request'],
    ['list clients', 'list_clients', { archived: false }, 'archived is not in the request'],
    ['list clients', 'list_clients', { name: 'Acme' }, 'name is not in the request'],
  ])('is refused: %s as %s %j', (text, name, args, why) => {
    expect(reason(name, args, text)).toContain(why);
  });

  it.each<[string, string, Record<string, unknown>, string]>([
    ['stop the timer', 'start_timer', {}, '"stop" asks for something else'],
    ['start the timer', 'stop_timer', {}, '"start" asks for something else'],
    ['the timer', 'start_timer', {}, 'nothing asks to start'],
    ['a client named Acme', 'create_client', { name: 'Acme' }, 'nothing asks to create'],
    ['delete my time entries of yesterday', 'list_time_entries', {}, '"delete" asks for something else'],
    ['delete the client Acme', 'create_client', { name: 'Acme' }, '"delete" asks for something else'],
    ['delete Acme', 'create_client', { name: 'delete Acme' }, 'asks for something else'],
    ['archive the clients', 'list_clients', { archived: true }, 'is said'],
  ])('is not another verb: %s as %s', (text, name, args, why) => {
    expect(reason(name, args, text)).toMatch(new RegExp(`${why}|not in the request`));
  });

  it.each<[string, string, Record<string, unknown>, string]>([
    [
      'log 2h yesterday on Website for Acme',
      'create_time_entry',
      { description: 'Website' },
      '"Acme" is not understood',
    ],
    [
      'log 2h yesterday on "Website" for "Acme"',
      'create_time_entry',
      { description: 'Website' },
      '"Acme" is a name that is not used',
    ],
    [
      `log 2h yesterday on Website in project ${A}`,
      'create_time_entry',
      { description: 'Website' },
      `"${A}"`,
    ],
    [
      'create a client Acme tomorrow',
      'create_client',
      { name: 'Acme' },
      '"tomorrow" is a time that is not used',
    ],
    ['create a client Acme tomorrow', 'create_client', { name: 'Acme tomorrow' }, 'contains a time'],
    ['stop the timer at 17:00', 'stop_timer', {}, '"17:00" is a time that is not used'],
    ['list clients named Acme', 'list_clients', {}, '"Acme" is not understood'],
    ['log 2h yesterday on Website', 'create_time_entry', {}, '"Website" is not understood'],
    [
      'log 2h yesterday on Website, billable',
      'create_time_entry',
      { description: 'Website' },
      '"billable" is not understood',
    ],
  ])('does not leave out what is said: %s as %s %j', (text, name, args, why) => {
    expect(reason(name, args, text)).toContain(why);
  });

  it('does not let ids or names change places', () => {
    const text = `get project ${A} in workspace ${B}`;
    expect(reason('get_project', { projectId: B, workspaceId: A }, text)).toContain(
      'is a workspace in the request',
    );
    expect(reason('get_project', { projectId: A, workspaceId: A }, text)).toContain('not in the request');
    expect(reason('get_project', { projectId: A, workspaceId: B }, `get ${A} in ${B}`)).toContain('say what');
    const note = 'create a client named Acme with note Beta';
    expect(read('create_client', { name: 'Acme', note: 'Beta' }, note)).toHaveProperty('params');
    expect(reason('create_client', { name: 'Beta', note: 'Acme' }, note)).toContain(
      'is a note in the request',
    );
    expect(
      reason('create_project', { name: 'Website', note: 'Acme' }, 'create project Website for client Acme'),
    ).toContain('is a client in the request');
  });
});

describe('a span of work', () => {
  const at = (nowMs: string) => ({ ...HERE, nowMs: Date.parse(nowMs) });
  const entry = (text: string, here = HERE) =>
    reason('create_time_entry', { description: 'Website' }, text, here);

  it('is no longer than 16 hours', () => {
    expect(
      read('create_time_entry', { description: 'Website' }, 'log 16h yesterday at 1:00 on Website'),
    ).toHaveProperty('params');
    expect(entry('log 16h 1m yesterday at 1:00 on Website')).toContain('longer than 16 hours');
    expect(
      reason('start_timer', { description: 'Website' }, 'start a timer at 9:00 yesterday for Website'),
    ).toContain('16 hours');
  });

  it('is not in the future', () => {
    expect(entry('log 2h tomorrow on Website')).toContain('in the future');
    expect(entry('log 2h until 17:00 on Website')).toContain('in the future');
    expect(reason('start_timer', {}, 'start a timer at 16:00')).toContain('in the future');
    expect(
      read('create_time_entry', { description: 'Website' }, 'log 2h until 15:33 on Website'),
    ).toHaveProperty('params');
  });

  it('of today has not begun yesterday', () => {
    const soon = at('2026-11-20T00:10:00Z'); // 01:10 in Paris.
    for (const text of ['log 2h today on Website', 'log 2h on Website', 'log 2h until 1:00 on Website'])
      expect(entry(text, soon)).toContain('begun yesterday');
    const said = read(
      'create_time_entry',
      { description: 'Website' },
      'log yesterday 23:00 to 1:00 on Website',
      soon,
    );
    expect(said).toMatchObject({ params: { body: { start: '2026-11-19T22:00:00Z' } } });
  });
});

describe('the longest text that a model reads', () => {
  it.each(['.', '"', 'a', 'a ', '.a', 'log ', 'and log ', `${A} `, '2h ', '“x', ', '])(
    'costs no more than a short while, full of %j',
    async (piece) => {
      const text = `log 2h on ${piece.repeat(10_000 / piece.length)}`.slice(0, 10_000);
      const args = { description: text.slice(10), projectId: A };
      await takesLessThan(1_000, async () => void read('create_time_entry', args, text));
    },
  );
});

describe('the values of a call', () => {
  const INTRUDERS = `2h yesterday on Acme start stop named note the project billable not delete , and gestern 9:00 tags`;
  const intruder = fc.constantFrom(...INTRUDERS.split(' '), '"Acme Ltd"', A, B, `${A}f`);
  const field = fc.constantFrom(
    'description',
    'name',
    'note',
    'workspaceId',
    'projectId',
    'clientId',
    'billable',
  );
  const isTokenOf = (text: string, value: string): boolean =>
    new RegExp(
      `(?<![\\p{L}\\p{N}_-])${value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\p{L}\\p{N}_-])`,
      'u',
    ).test(text);

  it('are whole words of the text in every action that comes out, and there are texts of which one does', () => {
    let actions = 0;
    const changes = fc.record({
      at: fc.nat(20),
      word: intruder,
      isPlaced: fc.boolean(),
      field,
      piece: fc.nat(400),
    });
    fc.assert(
      fc.property(
        fc.constantFrom(...HONEST),
        fc.option(changes),
        fc.option(changes),
        ([said, name, args], first, second) => {
          const words = said.split(' ');
          if (first) words.splice(first.at % words.length, first.isPlaced ? 0 : 1, first.word);
          const text = words.join(' ');
          const pieces = [...piecesOf(text), 'Invented', A, B];
          const changed = second && {
            [second.field]:
              second.field === 'billable' ? second.isPlaced : pieces[second.piece % pieces.length],
          };
          const checked = read(name, { ...args, ...changed }, text);
          if (!('params' in checked)) return;
          actions++;
          const { body, ...rest } = checked.params;
          for (const [key, value] of Object.entries({ ...rest, ...(body as object | undefined) })) {
            if (key === 'start' || key === 'end') continue;
            const isSaid =
              typeof value === 'boolean'
                ? /billable|private|archived/.test(text)
                : [value].flat().every((v) => isTokenOf(text, String(v)));
            expect({ text, key, value, isSaid }).toMatchObject({ isSaid: true });
          }
        },
      ),
      cases(4000),
    );
    expect(actions).toBeGreaterThan(100);
  });
});
