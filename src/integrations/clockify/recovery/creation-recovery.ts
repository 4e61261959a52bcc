import { Injectable } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import type { Counter } from 'prom-client';
import { Clock } from '../../../clock/clock.js';
import { Metrics } from '../../../observability/metrics.js';
import type { Params, ReadBack, ReadBackContext } from '../../integration.js';
import type { AccountContext } from '../account/clockify-account.js';
import { PerAccount } from '../account/per-account.js';
import { ClockifyReader } from '../clockify-reader.js';
import { ClockifySender } from '../http/clockify-sender.js';
import { UnknownOutcomeError } from '../http/clockify.errors.js';
import { isSameCreation } from './creation-matching.js';
import { CREATION_LOOKUPS, type CreationLookup } from '../operations/creation-table.js';
import { KeyedGate } from './keyed-gate.js';
import { ClaimedIds, IdAge, isMadeAfter } from './known-ids.js';
import { listIn } from '../http/paging.js';
import { CurrentUser } from './current-user.js';
import { operationIndex } from '../operations/operation-index.js';
import type { OutgoingRequest } from '../http/request-builder.js';

export interface Creation {
  request: OutgoingRequest;
  params: Params;
  context: AccountContext;
}

/** Of a creation that was cut off. */
export type CutOffContext = AccountContext & Pick<ReadBackContext, 'since' | 'quietSinceMs'>;

/** What is known in this process of what an account has made. */
class Memory {
  readonly gate = new KeyedGate();
  readonly claimed = new ClaimedIds();
  readonly age = new IdAge();
}

interface Search extends Creation {
  key: string;
  lookup: CreationLookup;
  startedMs: number;
  failure: UnknownOutcomeError;
  /** Also what this process knows to be the answer of a call. */
  withClaimed?: boolean;
}

const CREATIONS = 3;
const LOOKS = 2;
/** A request that a gateway or we gave up on may still be under way; it gets more time to show. */
const LOOKS_WHEN_UNSETTLED = 3;

/**
 * Creates once, whatever happens to the answer. A creation whose outcome is unknown is read back and matched by its
 * fields; it is repeated only if it is certainly not there, and if nobody can know, the caller is told so.
 */
@Injectable()
export class CreationRecovery {
  readonly #memories = new PerAccount(() => new Memory());
  readonly #recoveries: Counter<'result'>;

  constructor(
    private readonly sender: ClockifySender,
    private readonly reader: ClockifyReader,
    private readonly user: CurrentUser,
    private readonly clock: Clock,
    metrics: Metrics,
    @InjectPinoLogger('integrations') private readonly log: PinoLogger,
  ) {
    this.#recoveries = metrics.counter(
      'clockify_recoveries_total',
      'Creations whose answer was lost, by what reading them back showed.',
      ['result'],
    );
  }

  async create(creation: Creation, send: () => Promise<unknown>): Promise<unknown> {
    const lookup = CREATION_LOOKUPS[creation.request.operation.id];
    if (!lookup) return send();
    const startedMs = this.clock.nowMs();
    const { gate } = this.#memoryOf(creation);
    const { url, body } = creation.request;
    const key = `${url} ${JSON.stringify(body)}`; // Only the same creation, asked for twice, can be mistaken for it.
    for (let attempt = 1; ; attempt++) {
      try {
        return await gate.together(key, async () => this.#claim(creation, await send()));
      } catch (failure) {
        if (!(failure instanceof UnknownOutcomeError)) throw failure;
        const search = { ...creation, key, lookup, startedMs, failure };
        const found = await gate.alone(key, () => this.#find(search));
        if (found !== undefined) return found;
        if (!failure.isSettled || attempt >= CREATIONS) throw this.#gaveUp(failure);
        this.#recoveries.inc({ result: 'repeated' });
      }
    }
  }

  /**
   * What a creation that was cut off has left; only reads. It counts as certainly not there when a look shows nothing at
   * a time at which nothing of it can be under way any more.
   */
  async readBack(creation: Creation, { since, quietSinceMs }: CutOffContext): Promise<ReadBack> {
    const { request } = creation;
    const lookup = CREATION_LOOKUPS[request.operation.id];
    if (!lookup) return undefined;
    const failure = new UnknownOutcomeError('The creation was cut off', { cause: undefined }, true);
    const search = {
      ...creation,
      key: request.url,
      lookup,
      startedMs: since.getTime(),
      failure,
      withClaimed: true,
    };
    const candidates = await this.#candidatesBy(quietSinceMs + this.sender.longestRequestMs, search);
    const [found] = candidates;
    if (found === undefined) return null;
    const id = idOf(found) ?? '';
    // One of several, one that may have been there before, or the answer of some call: it could be anybody's.
    const isAmbiguous =
      candidates.length > 1 || this.#memoryOf(search).claimed.has(id) || !isMadeAfter(id, search.startedMs);
    if (isAmbiguous) return undefined;
    this.log.warn({ operation: request.operation.id }, 'A creation that was cut off was found');
    this.#recoveries.inc({ result: 'found' });
    return { result: this.#claim(creation, found) };
  }

  /** The created object; undefined where it is not there; the failure where that cannot be told. */
  async #find(search: Search): Promise<unknown> {
    const { failure, context, request } = search;
    const { age, gate } = this.#memoryOf(search);
    const looks = failure.isSettled ? LOOKS : LOOKS_WHEN_UNSETTLED;
    for (let look = 1; look <= looks; look++) {
      if (!(await this.sender.pause(this.sender.backoffMs(look), context))) throw this.#gaveUp(failure);
      const candidates = await this.#candidates(search);
      const fresh = candidates.filter(
        (item) => !age.isOlderThan(request.operation.id, idOf(item) ?? '', search.startedMs),
      );
      if (candidates.length === 0) continue;
      const free = await this.#freeOf(fresh, search);
      if (fresh.length > 0 && free.length === 0) continue;
      // Equal creations that lost their answers too may take any of these, each its own.
      const isAmbiguous = free.length === 0 || free.length > gate.pending(search.key);
      if (isAmbiguous) throw this.#gaveUp(failure);
      const [found] = free;
      if ((await context.claims?.claim(idOf(found) ?? '')) === false) continue;
      this.log.warn({ operation: request.operation.id, look }, 'The answer was lost; the creation was found');
      this.#recoveries.inc({ result: 'found' });
      return this.#claim(search, found);
    }
    return undefined;
  }

  /** Those that no run on another replica was, or is about to be, answered with. */
  async #freeOf(found: readonly unknown[], { context, failure }: Search): Promise<readonly unknown[]> {
    if (!context.claims || found.length === 0) return found;
    try {
      const free = await context.claims.free(found.map((item) => idOf(item) ?? ''));
      return found.filter((item) => free.includes(idOf(item) ?? ''));
    } catch (error) {
      this.log.warn({ err: error }, 'Whose a creation is that was found cannot be told');
      throw this.#gaveUp(failure);
    }
  }

  /** None only where a look that began at that time or later shows none. */
  async #candidatesBy(certainMs: number, search: Search): Promise<readonly unknown[]> {
    for (;;) {
      const isCertain = performance.now() >= certainMs;
      const candidates = await this.#candidates(search);
      if (isCertain || candidates.length > 0) return candidates;
      const waitMs = Math.max(1, certainMs - performance.now());
      if (!(await this.sender.pause(waitMs, search.context))) throw search.failure;
    }
  }

  /** What looks like the creation and is nobody's yet. */
  async #candidates(search: Search): Promise<readonly unknown[]> {
    const { lookup, params, context } = search;
    const body = (params['body'] ?? {}) as Params;
    const list = operationIndex().get(lookup.list);
    const { body: _body, ...path } = params;
    try {
      const needsUser = path['userId'] === undefined && list.path.includes('{userId}');
      const user = needsUser ? { userId: await this.user.id(context) } : {};
      const query = { ...path, ...user, ...lookup.query?.(body) };
      const narrow = lookup.narrow?.(body) ?? {};
      const found = await this.#matches(search, { ...query, ...narrow });
      if (found.length > 0 || Object.keys(narrow).length === 0) return found;
      return await this.#matches(search, query);
    } catch (error) {
      this.log.warn({ err: error }, 'A lost creation could not be read back');
      throw this.#gaveUp(search.failure);
    }
  }

  async #matches(search: Search, query: Params): Promise<readonly unknown[]> {
    const { lookup, params, context, startedMs, withClaimed = false } = search;
    const { claimed } = this.#memoryOf(search);
    const list = operationIndex().get(lookup.list);
    const body = (params['body'] ?? {}) as Params;
    const items = listIn(await this.reader.all(list, query, context), list) ?? [];
    return items.filter(
      (item) =>
        isSameCreation(item, body, { lookup, startedMs }) && (withClaimed || !claimed.has(idOf(item) ?? '')),
    );
  }

  #claim<T>(creation: Creation, created: T): T {
    const id = idOf(created);
    if (id === undefined) return created;
    const { claimed, age } = this.#memoryOf(creation);
    claimed.claim(id);
    age.observe(creation.request.operation.id, id, this.clock.nowMs());
    return created;
  }

  #memoryOf({ context }: Creation): Memory {
    return this.#memories.of(context.account);
  }

  #gaveUp(failure: UnknownOutcomeError): UnknownOutcomeError {
    this.#recoveries.inc({ result: 'unknown' });
    return failure;
  }
}

function idOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { id, _id } = value as { id?: unknown; _id?: unknown };
  const found = id ?? _id;
  return typeof found === 'string' ? found : undefined;
}
