import { schemaCheck } from './schema-validator.js';

const SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['id', 'body'],
  properties: {
    id: { type: 'string' },
    body: {
      type: 'object',
      required: ['name'],
      properties: {
        name: { type: 'string', maxLength: 3 },
        start: { type: 'string', format: 'date-time' },
        colour: { enum: ['RED', 'BLUE'] },
        tags: { type: 'array', items: { type: 'string' } },
      },
    },
  },
};

describe('schemaCheck', () => {
  const check = schemaCheck(SCHEMA);

  it('finds nothing wrong with a value that fits', () => {
    expect(check({ id: 'a', body: { name: 'b', start: '2026-01-05T10:00:00+01:00' } })).toEqual([]);
  });

  it('lists every fault with its path', () => {
    const value = { extra: 1, body: { name: 'long', start: 'today', colour: 'GREEN', tags: ['a', 2] } };
    expect(check(value)).toEqual(
      expect.arrayContaining([
        { path: 'id', message: 'is required' },
        { path: 'extra', message: 'is not known here' },
        { path: 'body.name', message: 'must NOT have more than 3 characters' },
        { path: 'body.start', message: expect.stringContaining('2026-01-05T09:00:00Z') },
        { path: 'body.colour', message: 'must be one of RED, BLUE' },
        { path: 'body.tags[1]', message: 'must be string' },
      ]),
    );
  });

  it('compiles a schema once', () => {
    expect(schemaCheck(SCHEMA)).toBe(check);
  });
});
