import http from 'node:http';
import request from 'supertest';
import { newId } from '../../src/clock/new-id.js';
import { AppError } from '../../src/errors/app-error.js';
import { EventInbox } from '../../src/events/inbox/event-inbox.js';
import { BacktestExpressions } from '../../src/flows/backtest/backtest-expressions.js';
import type { BacktestPage } from '../../src/flows/backtest/backtest-page.js';
import type { BacktestReport } from '../../src/flows/backtest/flow-backtest.js';
import type { Expressions } from '../../src/flows/expressions/expression-engine.js';
import type { FlowsConfig } from '../../src/flows/flows.config.js';
import { answersMeanwhile } from '../support/answers-meanwhile.js';
import { countConnections } from '../support/app.js';
import { until } from '../support/until.js';
import { type FlowApp, startFlowApp } from './flow-app.js';

/** Tells the test of each expression before it is evaluated, and waits for what the test does about it. */
class WatchedExpressions extends BacktestExpressions {
  asked = 0;
  onAsked: () => Promise<void> | void = () => undefined;

  override on(page: BacktestPage): Expressions {
    const engine = super.on(page);
    return {
      ...engine,
      expression: async (source, scope) => {
        this.asked++;
        const value = await engine.expression(source, scope);
        await this.onAsked();
        return value;
      },
    };
  }
}

const ENDLESS = '($f := function($n) { $f($n + 1) }; $f(1))';

describe('a back-test', () => {
  const expressions = new WatchedExpressions({ FLOW_EXPRESSION_TIMEOUT_MS: 1000 } as FlowsConfig);
  let app: FlowApp;
  beforeAll(async () => {
    app = await startFlowApp({
      override: (builder) => builder.overrideProvider(BacktestExpressions).useValue(expressions),
    });
  });
  afterAll(() => app.close());
  beforeEach(() => {
    expressions.asked = 0;
    expressions.onAsked = () => undefined;
  });

  /** As senders do, sends again what was not taken in time: this machine may be busy. */
  const receive = async (type: string, payload: object): Promise<string> => {
    const delivery = {
      source: 'clockify',
      type,
      isTypeInferred: false,
      workspaceId: 'w1',
      userId: null,
      subjectId: null,
      payload,
      headers: {},
      changes: [],
      repeatKey: { kind: 'id' as const, id: newId() },
      requestId: newId(),
    };
    for (;;) {
      try {
        return (await app.app.get(EventInbox).receive(delivery, 100)).eventId;
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== 'unavailable') throw error;
      }
    }
  };
  const flowOn = async (type: string, rest: object) =>
    (await app.createFlow({ name: `On ${type}`, enabled: false, trigger: { events: [type] }, ...rest })).id;
  const write = (params: unknown) => ({ id: 'write', action: 'sink.write', params });
  const range = { from: '2020-01-01T00:00:00Z', to: '2100-01-01T00:00:00Z' };
  const ask = (id: string, body: object = {}) =>
    request(app.url)
      .post(`/flows/${id}/backtest`)
      .send({ ...range, ...body });
  const page = async (id: string, body: object = {}) => {
    const { body: answer, text } = await ask(id, body).expect(200);
    return { ...(answer.data as BacktestReport), chars: text.length };
  };
  const allPages = async (id: string, body: object = {}) => {
    const pages = [await page(id, body)];
    for (let cursor = pages[0]?.nextCursor; cursor; cursor = pages.at(-1)?.nextCursor)
      pages.push(await page(id, { ...body, cursor }));
    return pages;
  };
  const eventsOf = (pages: readonly BacktestReport[]) =>
    pages.flatMap(({ runs }) => runs.map(({ eventId }) => eventId));

  it('is answered in pages that are bounded by what they read, and keeps nobody waiting meanwhile', async () => {
    const sent: string[] = [];
    for (let n = 0; n < 24; n++) sent.push(await receive('LARGE', { n, text: 'x'.repeat(2_000_000) }));
    const id = await flowOn('LARGE', {
      steps: [write({ all: '{{ payload }}', n: '{{ payload.n }}' }), write({ again: '{{ payload }}' })].map(
        (step, n) => ({ ...step, id: `w${n}` }),
      ),
    });
    const asked = allPages(id, { limit: 1000 });
    expect(await answersMeanwhile(app.url, asked)).toBeGreaterThan(24);
    const pages = await asked;
    expect(pages.length).toBeGreaterThan(1);
    expect(eventsOf(pages)).toEqual(sent);
    expect(pages[0]).toMatchObject({ isCut: true, nextCursor: expect.any(String) });
    expect(pages.at(-1)).toMatchObject({ isCut: false, nextCursor: null });
    for (const { chars } of pages) expect(chars).toBeLessThan(100_000);
    expect(pages[0]?.runs[0]?.calls[0]).toMatchObject({ step: 'w0', params: { isTooLarge: true } });
  });

  it('is answered in pages that are bounded by what they write', async () => {
    const sent: string[] = [];
    for (let n = 0; n < 12; n++) sent.push(await receive('WORDY', { text: 'x'.repeat(8000) }));
    const id = await flowOn('WORDY', {
      steps: [
        {
          for_each: Array.from({ length: 300 }, (_, n) => n),
          max: 300,
          steps: [write({ text: '{{ payload.text }}' })],
        },
      ],
    });
    const pages = await allPages(id);
    expect(pages.length).toBeGreaterThan(1);
    expect(eventsOf(pages)).toEqual(sent);
    for (const { chars } of pages) expect(chars).toBeLessThan(3_000_000);
    expect(pages[0]?.runs[0]?.calls).toHaveLength(300);
  });

  it('says of a run that makes more of its payload than a text can hold that it fails', async () => {
    await receive('OFTEN', { text: 'x'.repeat(2_000_000) });
    const id = await flowOn('OFTEN', { steps: [{ transform: Array(900).fill('{{ payload }}').join(' ') }] });
    expect(await page(id)).toMatchObject({
      runs: [{ status: 'failed', error: { message: expect.stringContaining('characters') } }],
    });
  });

  it('goes on behind its cursor when its time was over', async () => {
    const sent: string[] = [];
    for (let n = 0; n < 6; n++) sent.push(await receive('SLOW', { n }));
    const id = await flowOn('SLOW', {
      conditions: 'payload.n >= 0',
      steps: [write({ n: '{{ payload.n }}' })],
    });
    expressions.onAsked = () => app.clock.forward(4_000);
    const pages = await allPages(id);
    expect(eventsOf(pages)).toEqual(sent);
    expect(pages.map(({ runs }) => runs.length)).toEqual([2, 2, 2]);
    // An event that needs more than a page by itself is left behind on its own page.
    expressions.onAsked = () => app.clock.forward(11_000);
    const alone = await allPages(id);
    expect(eventsOf(alone)).toEqual(sent);
    for (const { runs } of alone) {
      for (const { error } of runs) expect(error?.code).toBe('limit_reached');
    }
  });

  it('is one at a time: a few wait, and more are sent away', async () => {
    await receive('QUEUE', {});
    const id = await flowOn('QUEUE', { conditions: '$count([1]) = 1', steps: [write({})] });
    const gate = Promise.withResolvers<void>();
    expressions.onAsked = () => gate.promise;
    const answers: request.Response[] = [];
    const asked = Array.from({ length: 7 }, async () => answers.push(await ask(id)));
    await until(() => answers.length === 2, { what: 'those that are sent away' });
    const sentAway = answers.slice(0, 2).map(({ status, headers }) => [status, headers['retry-after']]);
    await until(() => expressions.asked > 0, { what: 'the first to begin' });
    const begun = expressions.asked;
    gate.resolve();
    await Promise.all(asked);
    expect(begun).toBe(1);
    expect(sentAway).toEqual([
      [429, '10'],
      [429, '10'],
    ]);
    expect(answers.slice(2).map(({ body }) => body.data.matched)).toEqual([1, 1, 1, 1, 1]);
  });

  it('stops when its client has gone', async () => {
    for (let n = 0; n < 5; n++) await receive('GONE', { n });
    const id = await flowOn('GONE', { conditions: '$count([1]) = 1', steps: [write({})] });
    const gate = Promise.withResolvers<void>();
    expressions.onAsked = () => gate.promise;
    const headers = { 'Content-Type': 'application/json' };
    const leaving = http.request(`${app.url}/flows/${id}/backtest`, { method: 'POST', headers });
    leaving.on('error', () => undefined).end(JSON.stringify(range));
    await until(() => expressions.asked === 1);
    leaving.destroy();
    await until(async () => (await countConnections(app)) === 0, {
      what: 'the server to know that it has gone',
    });
    gate.resolve();
    expect((await page(id)).matched).toBe(5);
    expect(expressions.asked).toBe(1 + 5);
  });

  it('does not hold up live flows by its expressions', async () => {
    for (let n = 0; n < 4; n++) await receive('ENDLESS', {});
    const id = await flowOn('ENDLESS', { conditions: ENDLESS, steps: [write({})] });
    const live = await app.createFlow({
      name: 'Live',
      steps: [{ transform: '{{ $map([1, 2], function($x) { $x }) }}' }],
    });
    const state = { isAnswered: false };
    const tried = page(id).finally(() => (state.isAnswered = true));
    await until(() => expressions.asked > 0);
    expect((await app.run(live.id, {})).result).toEqual([1, 2]);
    expect(state.isAnswered).toBe(false);
    expect((await tried).runs[0]).toMatchObject({ status: 'failed', error: { code: 'condition_error' } });
  });
});
