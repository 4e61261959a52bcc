import { DatabaseUnavailableError, isUnavailable } from './storage.errors.js';

const coded = (code: string, message = 'm'): Error => Object.assign(new Error(message), { code });

describe('isUnavailable', () => {
  it.each([
    ['a refused connection', coded('ECONNREFUSED')],
    ['a server that starts up', coded('57P03')],
    ['a lost connection of class 08', coded('08006')],
    ['a full disk', coded('53100')],
    ['a deadlock that was broken', coded('40P01')],
    ['words of the pool', new Error('timeout exceeded when trying to connect')],
    ['several addresses that all refuse', new AggregateError([coded('ECONNREFUSED'), coded('ECONNREFUSED')])],
    ['an error of another realm', { code: 'ECONNRESET', message: 'read ECONNRESET' }],
    ['our own word for it', new DatabaseUnavailableError()],
  ])('is true for %s', (_what, error) => {
    expect(isUnavailable(error)).toBe(true);
  });

  it.each([
    ['a broken rule', coded('23505', 'duplicate key')],
    ['a wrong query', coded('42601')],
    ['nothing', undefined],
    ['a text', 'ECONNREFUSED'],
  ])('is false for %s', (_what, error) => {
    expect(isUnavailable(error)).toBe(false);
  });
});
