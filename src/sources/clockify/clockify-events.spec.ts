import { CLOCKIFY_EVENT_TYPES, inferClockifyType } from './clockify-events.js';

describe("Clockify's events", () => {
  it('are all 52 that its documents, interface and samples know', () => {
    expect(CLOCKIFY_EVENT_TYPES.size).toBe(52);
  });

  it.each([
    ['TIME_ENTRY', { id: '1', timeInterval: {}, userId: 'u', projectId: 'p' }],
    ['PROJECT', { id: '1', name: 'Site', color: '#fff', clientId: 'c' }],
    ['TASK', { id: '1', name: 'Draw', projectId: 'p', assigneeIds: [] }],
    ['CLIENT_OR_TAG', { id: '1', name: 'ACME', workspaceId: 'w', archived: false }],
    ['INVOICE', { id: '1', number: '7', issuedDate: '2026-01-01' }],
    ['USER', { id: '1', email: 'a@example.com', name: 'Ada' }],
    ['EXPENSE', { id: '1', userId: 'u', categoryId: 'c', total: 1 }],
    ['ASSIGNMENT', { assignmentId: '1', userId: 'u', projectId: 'p' }],
    ['TIME_OFF_REQUEST', { id: '1', timeOffPeriod: {}, userId: 'u' }],
    ['APPROVAL_REQUEST', { id: '1', dateRange: {}, owner: {} }],
    ['BALANCE', { workspaceId: 'w', userId: 'u', value: '1', note: '' }],
    ['NEW_TIMER_STARTED', { id: '1', timeInterval: { start: '2026-01-05T09:00:00Z', end: null } }],
    ['TIME_ENTRY', { id: '1', timeInterval: { start: '2026-01-05T09:00:00Z' } }],
    ['TIME_ENTRY', { id: '1', timeInterval: null }],
    ['TIME_ENTRY', { id: '1', timeInterval: 'end' }],
    ['PROJECT', { id: '1', name: 'Site', archived: false, tasks: [] }],
    ['PROJECT', { id: '1', projectId: 'p', name: 'Site', tasks: [{ assigneeIds: [] }] }],
    ['UNKNOWN', {}],
  ])('is inferred as %s where only the shape tells', (type, payload) => {
    expect(inferClockifyType(payload)).toBe(type);
  });
});
