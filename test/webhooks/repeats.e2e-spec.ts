import { startTestApp, type TestApp } from '../support/app.js';
import { deliver } from '../support/webhook-client.js';

const SOURCES = { lamps: { kind: 'secret', secrets: ['lamp-secret'], header: 'X-Lamp-Token' } };

describe('repeats of deliveries without an id', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp({
      env: {
        CLOCKIFY_WEBHOOK_TOKENS: 'token-of-activated,token-of-deactivated',
        WEBHOOK_SHARED_SECRET: 'shared-secret',
        WEBHOOK_SOURCES: JSON.stringify(SOURCES),
      },
    });
  });
  afterAll(() => service.close());

  const isDuplicate = async (
    provider: string,
    body: object,
    headers: Record<string, string>,
  ): Promise<boolean> => (await deliver(service.url, provider, body, headers)).body.data.duplicate;
  const inTurn = async (deliveries: readonly (() => Promise<boolean>)[]): Promise<boolean[]> => {
    const answers = [];
    for (const send of deliveries) answers.push(await send());
    return answers;
  };
  const clockify =
    (type: string, body: object, proof: Record<string, string> = {}) =>
    () =>
      isDuplicate('clockify', body, {
        'X-Webhook-Secret': 'shared-secret',
        'Clockify-Webhook-Event-Type': type,
        ...proof,
      });
  const lamp = (type: string, rest: object) => () =>
    isDuplicate('lamps', { type, ...rest }, { 'X-Lamp-Token': 'lamp-secret' });

  it.each([
    ['USER_ACTIVATED_ON_WORKSPACE', 'USER_DEACTIVATED_ON_WORKSPACE'],
    ['USER_JOINED_WORKSPACE', 'USER_DELETED_FROM_WORKSPACE'],
    ['TIME_ENTRY_DELETED', 'TIME_ENTRY_RESTORED'],
    ['TIME_ENTRY_UPDATED', 'TIME_ENTRY_SPLIT'],
    ['EXPENSE_DELETED', 'EXPENSE_RESTORED'],
    ['ASSIGNMENT_UPDATED', 'ASSIGNMENT_PUBLISHED'],
    ['TIME_OFF_REQUEST_APPROVED', 'TIME_OFF_REQUEST_WITHDRAWN'],
    ['A_TYPE_OF_TOMORROW', 'ANOTHER_TYPE_OF_TOMORROW'],
  ])('%s, %s and back are three events of Clockify, and a retry of each is none', async (there, back) => {
    const body = { id: `${there}-1`, name: 'Ann' };
    const types = [there, there, back, back, there, there, back];
    expect(await inTurn(types.map((type) => clockify(type, body)))).toEqual([
      false,
      true,
      false,
      true,
      false,
      true,
      false,
    ]);
  });

  it("knows a change and the way back also where each type has its webhook's own token", async () => {
    const body = { id: 'u-token', name: 'Ann' };
    const by = (what: string) =>
      clockify(`USER_${what.toUpperCase()}_ON_WORKSPACE`, body, {
        'X-Webhook-Secret': '',
        'Clockify-Signature': `token-of-${what}`,
      });
    expect(
      await inTurn([by('activated'), by('activated'), by('deactivated'), by('activated'), by('activated')]),
    ).toEqual([false, true, false, false, true]);
  });

  it('recognises a late retry of what happens once, whatever happened to the thing meanwhile', async () => {
    const entry = { id: 'e-late', workspaceId: 'w', timeInterval: {} };
    const types = [
      'NEW_TIME_ENTRY',
      'TIME_ENTRY_UPDATED',
      'TIMER_STOPPED',
      'NEW_TIME_ENTRY',
      'TIMER_STOPPED',
    ];
    expect(await inTurn(types.map((type) => clockify(type, entry)))).toEqual([
      false,
      false,
      false,
      true,
      true,
    ]);
  });

  it('takes a balance that changes back for three events, each user and policy for itself', async () => {
    const balance = (value: string, rest: object = {}) =>
      clockify('BALANCE_UPDATED', { workspaceId: 'w', userId: 'u-balance', value, ...rest });
    const other = { userId: 'u-other' };
    const policy = { policyId: 'p2' };
    expect(
      await inTurn([
        balance('1'),
        balance('1'),
        balance('2'),
        balance('9', other),
        balance('9', policy),
        balance('2'),
        balance('1'),
      ]),
    ).toEqual([false, true, false, false, false, true, false]);
  });

  it('takes what happens to a thing of an own source and is undone for events of their own', async () => {
    const of = (type: string) => lamp(type, { id: 'lamp-1' });
    expect(await inTurn([of('on'), of('on'), of('off'), of('on'), of('on')])).toEqual([
      false,
      true,
      false,
      false,
      true,
    ]);
  });

  it('recognises by its content alone what does not say what it is about', async () => {
    const of = (type: string) => lamp(type, { room: 'kitchen' });
    expect(await inTurn([of('on'), of('off'), of('on')])).toEqual([false, false, true]);
  });
});
