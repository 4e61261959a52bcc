import type { PinoLogger } from 'nestjs-pino';
import { UnknownRunError } from '../../actions/actions.errors.js';
import { ActionRunner } from '../../actions/action-runner.js';
import type { Integration, Operation, ReadBack } from '../../integrations/integration.js';
import { IntegrationError } from '../../integrations/integration-error.js';
import type { FlowCheck } from '../document/flow-check.js';
import type { RunFacts } from '../runs/run-facts.js';
import { LiveActions } from './step-actions.js';

const lostAnswer = () => new IntegrationError('upstream_error', 'cut off', { outcome: 'unknown' });
const unknown = () => new UnknownRunError(lostAnswer(), new Date(0), 0);
const log = { warn: () => undefined } as unknown as PinoLogger;
const run = {
  runId: 'run',
  flowId: 'flow',
  requestId: 'r',
  definition: { name: 'f' },
} as unknown as RunFacts;

function actionsThat(answers: (() => unknown)[], readBack?: () => Promise<ReadBack>) {
  const keys: (string | undefined)[] = [];
  const runner = {
    async run(_action, context) {
      keys.push(context.idempotencyKey);
      return { runId: `a${keys.length}`, result: answers.shift()?.() };
    },
  } as Pick<ActionRunner, 'run'> as ActionRunner;
  const integration = { arrange: (_o: Operation, p: unknown) => p, ...(readBack ? { readBack } : {}) };
  const check = {
    find: () => ({ integration: integration as unknown as Integration, operation: {} as Operation }),
  } as unknown as FlowCheck;
  const actions = new LiveActions(runner, check, log);
  const call = (begunAt?: Date) =>
    actions.carryOut(
      {
        path: 'step',
        attempt: 1,
        action: 'a.b',
        params: {},
        timeoutMs: 1000,
        signal: new AbortController().signal,
        begunAt,
      },
      run,
    );
  return { call, keys };
}
const fails = (): never => {
  throw unknown();
};
const before = new Date(0);

describe('a step that was cut off with its process', () => {
  it('takes what the integration finds for its result, and calls nothing again', async () => {
    const { call, keys } = actionsThat([fails], async () => ({ result: { id: 'there' } }));
    expect(await call(before)).toEqual({ result: { id: 'there' }, actionRunId: null });
    expect(keys).toEqual(['run:step:1']);
  });

  it('is done under a new key where it certainly was not done', async () => {
    const { call, keys } = actionsThat([fails, () => 'now'], async () => null);
    expect(await call(before)).toEqual({ result: 'now', actionRunId: 'a2' });
    expect(keys).toEqual(['run:step:1', 'run:step:1:1']);
  });

  it.each<[string, (() => Promise<ReadBack>) | undefined]>([
    ['cannot tell', async () => undefined],
    ['cannot read back at all', undefined],
    ['fails to read', async () => Promise.reject(new Error('no'))],
  ])('stays unknown where the integration %s', async (_what, readBack) => {
    const { call, keys } = actionsThat([fails], readBack);
    await expect(call(before)).rejects.toThrow('cut off');
    expect(keys).toHaveLength(1);
  });

  it('is not asked about where it was not cut off, but lost its answer here', async () => {
    let asked = 0;
    const losesAnswer = (): never => {
      throw lostAnswer();
    };
    const { call } = actionsThat([losesAnswer], async () => {
      asked++;
      return null;
    });
    await expect(call()).rejects.toThrow('cut off');
    expect(asked).toBe(0);
  });
});
