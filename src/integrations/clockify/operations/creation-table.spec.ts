import { startClockify, type TestClockify } from '../../../../test/support/clockify.js';
import { exampleCall } from '../../../../test/support/clockify-examples.js';
import { CREATION_LOOKUPS } from './creation-table.js';
import { operationIndex } from './operation-index.js';
import { ClockifySandbox } from '../../../../test/clockify-sandbox/clockify-sandbox.js';

describe('every creation that can be read back', () => {
  let sandbox: ClockifySandbox;
  let clockify: TestClockify;
  beforeAll(async () => {
    sandbox = new ClockifySandbox();
    clockify = await startClockify(await sandbox.start(), sandbox.environment);
  });
  beforeEach(() => {
    sandbox.faults.clear();
    sandbox.requests.clear();
  });
  afterAll(async () => {
    await clockify.close();
    await sandbox.stop();
  });

  const sent = (id: string) => sandbox.requests.of(id);
  const paramsOf = (id: string): Record<string, unknown> => {
    const { path, query, body } = exampleCall(sandbox, operationIndex().get(id));
    return { ...path, ...query, body };
  };

  it.each(Object.keys(CREATION_LOOKUPS))(
    '%s, when its answer is lost, is found and not repeated',
    async (id) => {
      const params = paramsOf(id);
      sandbox.faults.add({ kind: 'cut', when: 'after', operation: id, times: 1 });
      const found = await clockify.run(id, params);
      expect(found).toMatchObject({ id: expect.any(String) });
      expect(sent(id).map((request) => request.hadEffect)).toEqual([true]);
    },
  );

  it.each(Object.keys(CREATION_LOOKUPS))(
    '%s, when it did not happen, is not found, and repeated',
    async (id) => {
      const params = paramsOf(id);
      sandbox.faults.add({ kind: 'status', status: 500, when: 'before', operation: id, times: 1 });
      expect(await clockify.run(id, params)).toMatchObject({ id: expect.any(String) });
      expect(sent(id).map((request) => request.hadEffect)).toEqual([false, true]);
    },
  );

  it.each(['createExpense', 'createInvoicePayment', 'duplicateTimeEntry', 'createTimeOffRequest'])(
    '%s cannot be read back: its outcome is unknown and it is not repeated',
    async (id) => {
      const params = paramsOf(id);
      if (id === 'createExpense') Object.assign(params['body'] as object, { file: { base64: 'aGk=' } });
      sandbox.faults.add({ kind: 'cut', when: 'after', operation: id, times: 1 });
      expect(await clockify.refusal(id, params)).toMatchObject({ outcome: 'unknown' });
      expect(sent(id)).toHaveLength(1);
    },
  );
});
