import fc from 'fast-check';
import { operationIndex } from '../operations/operation-index.js';
import { ClockifyAccount } from '../account/clockify-account.js';
import { RequestBuilder } from './request-builder.js';
import { toVendorDate } from './vendor-date.js';
import { cases } from '../../../../test/support/properties.js';

const BASE = 'https://api.clockify.me/api';

describe('the request builder', () => {
  const index = operationIndex();
  const builder = new RequestBuilder(index);
  const account = new ClockifyAccount(
    'test',
    { hosts: { core: BASE, reports: undefined, audit: undefined }, requestsPerSecond: 0, requestsPerHour: 0 },
    undefined,
  );
  const getTask = index.get('getTask');

  const anyText = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom('/', '.', '?', '#', '%', '\\', '2e', '@', ':', ' ', '\n') }),
  );

  const canStandInPath = (text: string): boolean => !['', '.', '..'].includes(text) && text.isWellFormed();

  it('puts any text into its own segment of the path', () => {
    const fitting = anyText.filter(canStandInPath);
    fc.assert(
      fc.property(fitting, fitting, fitting, (workspaceId, projectId, taskId) => {
        const url = new URL(builder.build(getTask, { workspaceId, projectId, taskId }, account).url);
        const path = ['', 'api', 'v1', 'workspaces', workspaceId, 'projects', projectId, 'tasks', taskId];
        expect(url.pathname.split('/').map(decodeURIComponent)).toEqual(path);
        expect([url.origin, url.search, url.hash]).toEqual(['https://api.clockify.me', '', '']);
      }),
      cases(1_000),
    );
  });

  it.each(['', '.', '..', '\ud800', 'a\udfff'])('refuses %j for a segment', (taskId) => {
    expect(() => builder.build(getTask, { workspaceId: 'w', projectId: 'p', taskId }, account)).toThrow(
      'taskId cannot stand in a path',
    );
  });

  it('puts any text into its own query parameter', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (name) => {
        const { url } = builder.build(index.get('getClients'), { workspaceId: 'w', name }, account);
        expect([...new URL(url).searchParams]).toEqual([['name', name]]);
      }),
      cases(),
    );
  });
});

describe('a date for Clockify', () => {
  it.each([
    ['2026-01-05T10:00:00+01:00', '2026-01-05T09:00:00Z'],
    ['2026-01-05T09:00:00.999Z', '2026-01-05T09:00:00Z'],
    ['2026-01-05T09:00:00.123456789Z', '2026-01-05T09:00:00Z'],
    ['2025-12-31T23:30:00-05:00', '2026-01-01T04:30:00Z'],
    ['soon', 'soon'],
  ])('%s is sent as %s', (given, sent) => {
    expect(toVendorDate(given)).toBe(sent);
  });
});
