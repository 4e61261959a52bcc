import { FakeIntegration } from '../../test/support/fake-integration.js';
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

  it('may hold only ids that stand in the text', () => {
    expect(check('create_expense', { categoryId: 'c1', tagIds: ['t1', 't2'] }, 'c1 t1')).toEqual(
      faultAt('tagIds[1]'),
    );
    expect(check('create_expense', { notes: 'x' }, 'x')).toEqual({ params: { notes: 'x' } });
  });
});
