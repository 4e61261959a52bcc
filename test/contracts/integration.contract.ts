import type { ExecutionContext, Integration, Operation, Params } from '../../src/integrations/integration.js';
import { IntegrationError } from '../../src/integrations/integration-error.js';
import { schemaCheck } from '../../src/integrations/schema-validator.js';
import { type Handler, sendJson, startHttpServer, type TestServer } from '../support/http-server.js';

export interface IntegrationSubject {
  /** With credentials, its service being the server that was given. */
  integration: Integration;
  /** The same without credentials, or switched off. */
  unconfigured: Integration;
  /** A creation, or another write that must not be repeated when its outcome is unknown. */
  write: { operation: string; params: Params };
  /** A success of the write in the service's own format. */
  succeed: Handler;
  /** What must never be seen in a preview or an error. */
  secret?: string;
  /** Shows answers of the target as data, errors included; its message is still its own. */
  showsAnswers?: true;
  close?: () => Promise<void>;
}

const CONTEXT: ExecutionContext = { requestId: 'contract-request', priority: 'interactive' };

/** What every Integration promises. */
export function describeIntegration(
  name: string,
  start: (server: TestServer) => Promise<IntegrationSubject>,
): void {
  describe(`${name}, as an integration`, () => {
    let server: TestServer;
    let subject: IntegrationSubject;
    let answer: Handler;
    beforeAll(async () => {
      server = await startHttpServer((request, response) => answer(request, response));
      subject = await start(server);
    });
    beforeEach(() => {
      answer = subject.succeed;
      server.received.length = 0;
    });
    afterAll(async () => {
      await subject.close?.();
      await server.close();
    });

    const operation = (): Operation => subject.integration.find(subject.write.operation) as Operation;
    const arranged = (): Params => subject.integration.arrange(operation(), subject.write.params);
    const execute = (context: Partial<ExecutionContext> = {}): Promise<unknown> =>
      subject.integration.execute(operation(), arranged(), { ...CONTEXT, ...context });
    const refusal = async (running: Promise<unknown>): Promise<IntegrationError> => {
      const error: unknown = await running.then(
        (value) => ({ value }),
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(IntegrationError);
      return error as IntegrationError;
    };

    it('has a name, says what it is, and knows whether it is configured', () => {
      expect(subject.integration.name).toMatch(/^[a-z][a-z0-9-]*$/);
      expect(subject.integration.summary).not.toBe('');
      expect([subject.integration.isConfigured, subject.unconfigured.isConfigured]).toEqual([true, false]);
    });

    it('lists its operations in a stable order, each under a name of its own, and finds each by it', () => {
      const operations = subject.integration.operations();
      const names = operations.map((o) => o.name);
      expect(new Set(names).size).toBe(names.length);
      expect(subject.integration.operations().map((o) => o.name)).toEqual(names);
      expect(names.map((n) => subject.integration.find(n)?.name)).toEqual(names);
      expect(subject.integration.find('no_such_operation')).toBeUndefined();
      expect(subject.integration.find('__proto__')).toBeUndefined();
    });

    it('describes every operation with a summary, a tag, a schema and an example that satisfies it', () => {
      for (const described of subject.integration.operations()) {
        expect(described.summary).not.toBe('');
        expect(described.tags.length).toBeGreaterThan(0);
        expect({ name: described.name, faults: schemaCheck(described.params)(described.example) }).toEqual({
          name: described.name,
          faults: [],
        });
        expect(schemaCheck(described.params)('not an object')).not.toEqual([]);
      }
    });

    it('arranges params without changing what it was given, and what is arranged once stays so', () => {
      for (const described of subject.integration.operations()) {
        const given = structuredClone(described.example);
        const once = subject.integration.arrange(described, given);
        expect(given).toEqual(described.example);
        expect(subject.integration.arrange(described, once)).toEqual(once);
      }
    });

    it('previews the request without sending it and without credentials', () => {
      const preview = subject.integration.preview(operation(), arranged());
      expect(preview).toMatchObject({
        method: expect.stringMatching(/^[A-Z]+$/),
        url: expect.stringMatching(/^http/),
      });
      expect(JSON.stringify(preview)).not.toContain(subject.secret ?? 'contract-secret');
      expect(server.received).toEqual([]);
    });

    it('answers plain data and passes the request id on', async () => {
      const result = await execute();
      expect(JSON.parse(JSON.stringify(result))).toEqual(result);
      expect(server.received[0]?.headers['x-request-id']).toBe('contract-request');
    });

    it('calls nobody without credentials, but still lists and arranges', async () => {
      const { unconfigured } = subject;
      expect(unconfigured.operations().length).toBe(subject.integration.operations().length);
      const error = await refusal(unconfigured.execute(operation(), arranged(), CONTEXT));
      expect(['unauthorized', 'forbidden']).toContain(error.code);
      expect(error.outcome).toBe('none');
      expect(server.received).toEqual([]);
    });

    it('says that the outcome is unknown when the answer to a write is lost, and sends it once', async () => {
      answer = (request, response) => {
        if (request.method === 'GET') sendJson(response, {}, 403);
        else response.socket?.destroy();
      };
      const error = await refusal(execute());
      expect(error).toMatchObject({ code: 'upstream_error', outcome: 'unknown' });
      expect(error.details).toMatchObject({ outcome: 'unknown' });
      expect(server.received.filter((request) => request.method !== 'GET')).toHaveLength(1);
    });

    it('shows what the service said as upstreamMessage only, and never a credential', async () => {
      const message = `contract-secret ${subject.showsAnswers ? '' : (subject.secret ?? '')}`;
      answer = (_request, response) => sendJson(response, { message, ok: false }, 403);
      const error = await refusal(execute());
      const { upstreamMessage: _reason, ...others } = error.details as Record<string, unknown>;
      const shown = JSON.stringify([error.message, subject.showsAnswers ? {} : others]);
      expect(shown).not.toContain('contract-secret');
      expect(JSON.stringify(error.details)).not.toContain(subject.secret ?? '(no secret)');
    });

    it('stops with its own error when the caller gives up', async () => {
      const abort = new AbortController();
      answer = () => abort.abort();
      await refusal(execute({ signal: abort.signal }));
    });
  });
}
