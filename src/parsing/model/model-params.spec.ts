import { FakeIntegration } from '../../../test/support/fake-integration.js';
import { checkParams } from './model-params.js';

const HERE = { nowMs: Date.parse('2026-11-20T14:30:00Z'), timeZone: 'Europe/Paris' };
const text = { type: 'string' };
const expense = {
  name: 'create_expense',
  summary: 'Create an expense',
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      date: { type: 'string', format: 'date' },
      at: { type: 'string', format: 'date-time' },
      period: { type: 'object', properties: { from: { type: 'string', format: 'date-time' } } },
      categoryId: text,
      tagIds: { type: 'array', items: text },
      notes: text,
    },
    required: ['categoryId'],
  },
  example: {},
  isWrite: true,
  tags: [],
};
const integration = new FakeIntegration('clockify', [...new FakeIntegration().operations(), expense]);

function check(operation: string, args: Record<string, unknown>, said: string): unknown {
  const found = integration.find(operation)!;
  return checkParams({ integration, operation: found }, args, { text: said, here: HERE });
}

const faultAt = (path: string) => ({ faults: [expect.objectContaining({ path })] });

describe('what a model filled in', () => {
  it('has its days and times computed from the words of the text', () => {
    const args = { date: 'yesterday', at: 'monday at 9:00', period: { from: 'last friday' }, notes: 'taxi' };
    expect(check('create_expense', args, 'taxi Yesterday, monday at 9:00, last friday')).toEqual({
      params: {
        date: '2026-11-19',
        at: '2026-11-16T08:00:00Z',
        period: { from: '2026-11-12T23:00:00Z' },
        notes: 'taxi',
      },
    });
    expect(check('create_expense', { date: '2026-11-03' }, 'taxi on 2026-11-03')).toEqual({
      params: { date: '2026-11-03' },
    });
  });

  it('may not hold a day that it computed itself', () => {
    expect(check('create_expense', { date: '2026-11-19' }, 'taxi yesterday')).toEqual(faultAt('date'));
    expect(check('create_expense', { period: { from: '2026-11-19T00:00:00Z' } }, 'taxi')).toMatchObject(
      faultAt('period.from'),
    );
    expect(check('create_expense', { date: 'soon' }, 'taxi soon')).toMatchObject({
      faults: expect.arrayContaining([expect.objectContaining({ path: 'date' })]),
    });
  });

  it('has spans of time from the text alone', () => {
    const invented = { start: '1999-01-01T00:00:00Z', description: 'x' };
    expect(check('create_time_entry', invented, 'x from 9:00 to 10:00')).toMatchObject({
      params: { body: { start: '2026-11-20T08:00:00Z', end: '2026-11-20T09:00:00Z' } },
    });
    expect(check('create_time_entry', invented, 'x')).toEqual(faultAt('body.start'));
  });

  it.each([
    ['log 2 hours every day this week', '"every day" is not understood'],
    ['log work yesterday', 'no duration'],
    ['log work since the 5th', '"the 5th" is not understood'],
    ['log work 2h on 31 Nov', 'is not understood'],
    ['log standup at 9', 'neither an end nor a duration'],
  ])('never is an entry that runs on from a guess: "%s"', (words, message) => {
    const times = expect.objectContaining({ path: 'start, end', message: expect.stringContaining(message) });
    expect(check('create_time_entry', { description: 'x' }, words)).toMatchObject({
      faults: expect.arrayContaining([times]),
    });
  });

  it('leaves out times that nobody speaks of, and takes a start alone where something started', () => {
    const start = integration.find('create_time_entry')!;
    const timer = {
      ...start,
      name: 'start_timer',
      params: {
        type: 'object',
        properties: {
          start: { type: 'string', format: 'date-time' },
          end: { type: 'string', format: 'date-time' },
        },
      },
    };
    const run = (words: string): unknown =>
      checkParams({ integration, operation: timer }, {}, { text: words, here: HERE });
    expect(run('start a timer')).toEqual({ params: {} });
    expect(run('start a timer at 9:00')).toEqual({ params: { start: '2026-11-20T08:00:00Z' } });
    expect(run('start a timer yesterday')).toEqual({
      faults: [{ path: 'start, end', message: expect.stringContaining('no duration') }],
    });
  });

  it.each([
    ['05/11/2026', 'date'],
    ['last night', 'date'],
    ['2026-02-30', 'date'],
    ['last week', 'date'],
    ['before monday', 'date'],
    ['2h', 'at'],
    ['monday 9:00 to 11:00', 'at'],
    ['2026-02-31T09:00:00Z', 'at'],
    ['monday at 3', 'at'],
  ])('has no day or time from "%s"', (words, name) => {
    const fault = { path: name, message: 'must be a day in the words of the request' };
    expect(check('create_expense', { [name]: words }, `taxi ${words}`)).toMatchObject({
      faults: expect.arrayContaining([fault]),
    });
  });

  it('may lack ids that the text does not have', () => {
    expect(check('create_expense', { notes: 'x' }, 'x')).toEqual({ params: { notes: 'x' } });
  });
});
