import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import jsonata, { type Expression } from 'jsonata';
import { refuseInTransaction } from '../../storage/inside-transaction.js';
import type { ConditionTools } from './condition-evaluator.js';
import { analyse } from './expression-analysis.js';
import { costsLittle } from './expression-cost.js';
import { type ChildTask, ExpressionProcess } from './expression-process.js';
import { FairQueue } from './fair-queue.js';
import { parseFieldPath, resolveField } from './field-path.js';
import { type FlowsConfig, flowsConfig } from '../flows.config.js';
import { ExpressionCutOffError, ExpressionError, ExpressionTooCostlyError } from '../flows.errors.js';
import { compilePattern, stepsOfMatch } from './linear-pattern.js';
import { TextCache } from './text-cache.js';

export type Scope = Readonly<Record<string, unknown>>;

/** What evaluates the expressions of one flow. */
export interface Expressions extends ConditionTools {
  /** The values of several expressions over one scope. */
  evaluateAll(sources: readonly string[], scope: Scope): Promise<unknown[]>;
}

const MAX_RESULT_BYTES = 262_144;
/** Some two milliseconds. */
const NEAR_STEPS_MAX = 50_000;

interface Waiting {
  task: ChildTask;
  settle: PromiseWithResolvers<unknown>;
}

/**
 * Evaluates JSONata and regular expressions that users wrote. Promises an answer or an ExpressionError within the time
 * limit, with a bounded result, and that the event loop is never held up: plain paths run here, and what is proven to take
 * no more than a few milliseconds on the values at hand; everything else in processes that are ended when they take too
 * long or too much (a thread that runs out of memory can take the service with it). Flows take turns there.
 */
@Injectable()
export class ExpressionEngine implements OnApplicationShutdown {
  /** A tree takes some two hundred times the length of its text. */
  readonly #compiled = new TextCache<Expression>(200_000);
  readonly #processes: readonly ExpressionProcess[];
  readonly #queue: FairQueue<Waiting>;
  #tellCutOff: (flowId: string, reason: string) => void = () => undefined;

  constructor(@Inject(flowsConfig.token) config: FlowsConfig) {
    this.#processes = Array.from(
      { length: config.FLOW_EXPRESSION_PROCESSES },
      () => new ExpressionProcess(config.FLOW_EXPRESSION_TIMEOUT_MS),
    );
    this.#queue = new FairQueue(this.#processes.length);
  }

  /** Told of each evaluation that took too long or too much. */
  onCutOff(listener: (flowId: string, reason: string) => void): void {
    this.#tellCutOff = listener;
  }

  /** Whoever asks for the same flow shares its turns. */
  of(flowId: string): Expressions {
    return {
      expression: async (source, scope) => (await this.#evaluateAll(flowId, [source], scope))[0],
      evaluateAll: (sources, scope) => this.#evaluateAll(flowId, sources, scope),
      matches: (pattern, text) => this.#matches(flowId, pattern, text),
    };
  }

  onApplicationShutdown(): void {
    for (const { settle } of this.#queue.drain())
      settle.reject(new ExpressionCutOffError('came too late: the service is stopping'));
    for (const process of this.#processes) process.end('was cut off: the service is stopping');
  }

  /** What is costly travels to the other process in one message. */
  async #evaluateAll(flowId: string, sources: readonly string[], scope: Scope): Promise<unknown[]> {
    const isNear = sources.map((source) => runsNear(source, scope));
    const costly = sources.filter((_source, index) => !isNear[index]);
    const far = costly.length > 0 ? await this.#far(flowId, costly, scope) : [];
    const results: unknown[] = [];
    for (const [index, source] of sources.entries()) {
      results.push(isNear[index] ? await this.#near(source, scope) : far.shift());
    }
    return results;
  }

  async #matches(flowId: string, pattern: string, text: string): Promise<boolean> {
    const compiled = compiledOrRefused(pattern);
    if (stepsOfMatch(compiled, text.length) <= NEAR_STEPS_MAX) return compiled.matcher(text).find();
    return (await this.#post(flowId, { match: { pattern, text } })) as boolean;
  }

  async #near(source: string, scope: Scope): Promise<unknown> {
    const path = parseFieldPath(source);
    const plain = path === undefined ? undefined : resolveField(scope, path);
    if (plain !== undefined) return plain;
    try {
      return bounded(await this.#compile(source).evaluate(scope));
    } catch (error) {
      throw new ExpressionError((error as Error).message);
    }
  }

  #compile(source: string): Expression {
    const known = this.#compiled.get(source);
    if (known) return known;
    const expression = jsonata(source);
    this.#compiled.set(source, expression);
    return expression;
  }

  async #far(flowId: string, sources: readonly string[], scope: Scope): Promise<unknown[]> {
    const texts = (await this.#post(flowId, { sources, scope })) as (string | null)[];
    return texts.map((text) => (text === null ? undefined : (JSON.parse(text) as unknown)));
  }

  async #post(flowId: string, task: ChildTask): Promise<unknown> {
    refuseInTransaction('The process of expressions');
    const settle = Promise.withResolvers<unknown>();
    this.#queue.add(flowId, { task, settle });
    this.#next();
    try {
      return await settle.promise;
    } catch (error) {
      if (error instanceof ExpressionTooCostlyError) this.#tellCutOff(flowId, error.message);
      throw error;
    }
  }

  #next(): void {
    const free = this.#processes.find((process) => !process.isBusy);
    const next = free && this.#queue.take();
    if (next) void this.#carryOut(free, next);
  }

  async #carryOut(
    process: ExpressionProcess,
    { item, done }: { item: Waiting; done: () => void },
  ): Promise<void> {
    try {
      item.settle.resolve(await process.carryOut(item.task));
    } catch (error) {
      item.settle.reject(error);
    }
    done();
    this.#next();
  }
}

function compiledOrRefused(pattern: string): ReturnType<typeof compilePattern> {
  try {
    return compilePattern(pattern, '');
  } catch (error) {
    throw new ExpressionError(`has a pattern that ${(error as Error).message}`, error);
  }
}

function runsNear(source: string, scope: Scope): boolean {
  const path = parseFieldPath(source);
  if (path !== undefined && resolveField(scope, path) !== undefined) return true;
  return costsLittle(analyse(source), scope);
}

function bounded(value: unknown): unknown {
  const text = typeof value === 'function' ? undefined : JSON.stringify(value);
  if (text === undefined) return undefined;
  if (text.length > MAX_RESULT_BYTES)
    throw new Error(`gives a result larger than ${MAX_RESULT_BYTES} characters`);
  return JSON.parse(text);
}
