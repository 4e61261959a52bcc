import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import jsonata, { type Expression } from 'jsonata';
import { refuseInTransaction } from '../storage/inside-transaction.js';
import type { ConditionTools } from './condition-evaluator.js';
import { analyse } from './expression-analysis.js';
import { costsLittle } from './expression-cost.js';
import type { ChildAnswer, ChildRequest } from './expression-child.js';
import { parseFieldPath, resolveField } from './field-path.js';
import { type FlowsConfig, flowsConfig } from './flows.config.js';
import { ExpressionCutOffError, ExpressionError } from './flows.errors.js';
import { stepsOfMatch } from './pattern-cost.js';
import { TextCache } from './text-cache.js';

export type Scope = Readonly<Record<string, unknown>>;

const MAX_RESULT_BYTES = 262_144;
const CHILD_HEAP_MB = 96;
/** Some two milliseconds. */
const NEAR_STEPS_MAX = 250_000;
/** Starting the process and loading the language takes this long on a busy machine; it is not the expression's time. */
const START_ALLOWANCE_MS = 5_000;

interface Pending {
  message: Pick<ChildRequest, 'scope' | 'sources' | 'match'>;
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
}

/**
 * Evaluates JSONata and regular expressions that users wrote. Promises an answer or an ExpressionError within the time
 * limit, with a bounded result, and that the event loop is never held up: plain paths run here, and what is proven to take
 * no more than a few milliseconds on the values at hand; everything else in a process that is ended when it takes too long
 * or too much (a thread that runs out of memory can take the service with it).
 */
@Injectable()
export class ExpressionEngine implements ConditionTools, OnApplicationShutdown {
  /** A tree takes some two hundred times the length of its text. */
  readonly #compiled = new TextCache<Expression>(200_000);
  readonly #queue: Pending[] = [];
  #child: ChildProcess | undefined;
  #isStarted = false;
  #current: Pending | undefined;
  #timer: NodeJS.Timeout | undefined;
  #lastId = 0;

  constructor(@Inject(flowsConfig.token) private readonly config: FlowsConfig) {}

  async expression(source: string, scope: Scope): Promise<unknown> {
    return (await this.evaluateAll([source], scope))[0];
  }

  /** The values of several expressions over one scope; what is costly travels to the other process in one message. */
  async evaluateAll(sources: readonly string[], scope: Scope): Promise<unknown[]> {
    const isNear = sources.map((source) => runsNear(source, scope));
    const costly = sources.filter((_source, index) => !isNear[index]);
    const far = costly.length > 0 ? await this.#far(costly, scope) : [];
    const results: unknown[] = [];
    for (const [index, source] of sources.entries()) {
      results.push(isNear[index] ? await this.#near(source, scope) : far.shift());
    }
    return results;
  }

  async matches(pattern: string, text: string): Promise<boolean> {
    if (stepsOfMatch(pattern, text.length) <= NEAR_STEPS_MAX) return new RegExp(pattern, 'u').test(text);
    return (await this.#post({ match: { pattern, text } })) as boolean;
  }

  onApplicationShutdown(): void {
    for (const waiting of this.#queue.splice(0))
      waiting.reject(new ExpressionCutOffError('came too late: the service is stopping'));
    this.#endChild('was cut off: the service is stopping');
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

  async #far(sources: readonly string[], scope: Scope): Promise<unknown[]> {
    const texts = (await this.#post({ sources, scope })) as (string | null)[];
    return texts.map((text) => (text === null ? undefined : (JSON.parse(text) as unknown)));
  }

  #post(message: Pick<ChildRequest, 'scope' | 'sources' | 'match'>): Promise<unknown> {
    refuseInTransaction('The process of expressions');
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#queue.push({ message, resolve, reject });
    this.#next();
    return promise;
  }

  /** One at a time, so that the clock runs for the one that is being worked on. */
  #next(): void {
    if (this.#current) return;
    this.#current = this.#queue.shift();
    if (!this.#current) return;
    this.#child ??= this.#startChild();
    const limitMs = this.config.FLOW_EXPRESSION_TIMEOUT_MS + (this.#isStarted ? 0 : START_ALLOWANCE_MS);
    this.#timer = setTimeout(
      () => this.#endChild(`takes longer than ${this.config.FLOW_EXPRESSION_TIMEOUT_MS} ms`),
      limitMs,
    );
    const request: ChildRequest = {
      ...this.#current.message,
      id: ++this.#lastId,
      maxResultBytes: MAX_RESULT_BYTES,
    };
    this.#child.send(request);
  }

  #endChild(reason: string): void {
    const child = this.#child;
    this.#child = undefined;
    this.#isStarted = false;
    child?.removeAllListeners();
    child?.on('error', () => undefined); // A message that it no longer reads is no failure of anybody's.
    child?.kill('SIGKILL');
    this.#settle((pending) => pending.reject(new ExpressionCutOffError(reason)));
    this.#next();
  }

  #startChild(): ChildProcess {
    // Beside this file and of the same kind: .js where it was built, .ts where Node runs the source.
    const file = fileURLToPath(new URL(`./expression-child${import.meta.url.slice(-3)}`, import.meta.url));
    const child = fork(file, {
      env: {},
      execArgv: [`--max-old-space-size=${CHILD_HEAP_MB}`],
      stdio: 'ignore',
    });
    child.on('message', (answer: ChildAnswer) => this.#receive(answer));
    child.on('error', () => this.#endChild('could not be worked on'));
    child.on('exit', () => this.#endChild('needs too much memory'));
    child.unref();
    child.channel?.unref();
    return child;
  }

  #receive({ value, error }: ChildAnswer): void {
    this.#isStarted = true;
    this.#settle((pending) =>
      error === undefined ? pending.resolve(value) : pending.reject(new ExpressionError(error)),
    );
    this.#next();
  }

  #settle(settle: (pending: Pending) => void): void {
    clearTimeout(this.#timer);
    const current = this.#current;
    this.#current = undefined;
    if (current) settle(current);
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
