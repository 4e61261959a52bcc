import { exampleCall } from '../support/clockify-examples.js';
import { callerOf, type SandboxCaller } from '../support/sandbox-caller.js';
import {
  type IndexedOperation,
  operationIndex,
} from '../../src/integrations/clockify/operations/operation-index.js';
import { ClockifySandbox } from './clockify-sandbox.js';
import { misfits } from './sandbox-shapes.js';

const HOSTS = { core: 'api', reports: 'report', audit: 'audit' } as const;

describe('the sandbox answers every operation of the document', () => {
  let sandbox: ClockifySandbox;
  let call: SandboxCaller;

  beforeAll(async () => {
    sandbox = new ClockifySandbox();
    await sandbox.start();
    call = callerOf(sandbox);
  });
  afterAll(() => sandbox.stop());

  it.each(operationIndex().operations.map((operation) => [operation.id, operation] as const))(
    '%s',
    async (_id, operation) => {
      const { path, query, body } = exampleCall(sandbox, operation);
      const target = operation.path.replace(/\{(\w+)\}/g, (_all, name: string) => path[name] ?? '');
      const search = new URLSearchParams(mapped(query));
      const response = await call(operation.method, `${target}?${search}`, {
        host: HOSTS[operation.host],
        ...(body === undefined ? {} : { body: encoded(operation, body) }),
      });
      expect({ status: response.status, body: response.body }).toEqual({
        status: operation.result.status,
        body: expect.anything(),
      });
      expect(Array.isArray(response.body) || operation.result.kind !== 'list').toBe(true);
      expect(response.headers.has('last-page')).toBe(operation.lastPageHeader === true);
      expect(misfits(operation.id, response.body)).toEqual([]);
    },
  );
});

function mapped(query: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(Object.entries(query).map(([name, value]) => [name, String(value)]));
}

function encoded(operation: IndexedOperation, body: unknown): unknown {
  if (operation.body?.contentType !== 'multipart/form-data') return body;
  const form = new FormData();
  for (const [name, value] of Object.entries(body as Record<string, unknown>)) {
    if (name === 'file') form.append(name, new Blob(['file']), 'file.png');
    else for (const one of [value].flat()) form.append(name, String(one));
  }
  return form;
}
