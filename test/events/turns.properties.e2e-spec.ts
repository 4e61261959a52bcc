import fc from 'fast-check';
import type { ClaimedEvent } from '../../src/events/dispatch/claimed-event.js';
import { Statements } from '../../src/storage/statements.js';
import { EventDispatchRepository } from '../../src/events/dispatch/event-dispatch.repository.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { cases } from '../support/properties.js';
import { queueEvents } from '../support/queued-events.js';

const SUBJECTS = ['a', 'b', 'c', null];
const EVERYTHING = { fromSeq: '0', near: 500, afterSubject: '', afterAlone: '0', walk: 500, most: 500 };
const WALK = { ...EVERYTHING, near: 0 };

interface Row {
  seq: number;
  subject: string | null;
  bytes: number;
  isDue: boolean;
  /** The claim in whose hands it is, or was last. */
  token: string | undefined;
  isHeld: boolean;
}

/** The rule, said plainly, of a queue that is a list. */
class Model {
  rows: Row[] = [];

  store(row: Pick<Row, 'seq' | 'subject' | 'bytes'>): void {
    this.rows.push({ ...row, isDue: true, token: undefined, isHeld: false });
    this.rows.sort((a, b) => a.seq - b.seq);
  }

  inTurn(): Row[] {
    const isFree = (row: Row): boolean => row.isDue && !row.isHeld;
    return this.rows.filter((row) => {
      if (row.subject === null) return isFree(row);
      const queue = this.rows.filter(({ subject }) => subject === row.subject);
      const before = queue.filter(({ seq }) => seq <= row.seq);
      return before.every(isFree) && !queue.some(({ isHeld }) => isHeld);
    });
  }

  claim(token: string, wanted: readonly number[], bytes: number): Row[] {
    let sum = 0;
    const may = new Set(this.#prefixes(this.inTurn(), wanted));
    const taken = [...may].filter((row, i) => (sum += row.bytes) <= bytes || i === 0);
    for (const row of taken) Object.assign(row, { token, isHeld: true });
    return taken;
  }

  /** Who does not want an event has none that comes after it. */
  #prefixes(rows: readonly Row[], wanted: readonly number[]): Row[] {
    return rows.filter(
      (row) =>
        wanted.includes(row.seq) &&
        (row.subject === null ||
          rows
            .filter(({ subject, seq }) => subject === row.subject && seq < row.seq)
            .every(({ seq }) => wanted.includes(seq))),
    );
  }

  of(seq: number, token: string): Row | undefined {
    return this.rows.find((row) => row.seq === seq && row.token === token);
  }
}

type Command =
  | { do: 'store'; subject: number; isLate: boolean; bytes: number }
  | { do: 'claim'; most: number; bytes: number; skip: number }
  | { do: 'finish' | 'retry later' | 'retry now' | 'bury' | 'release' | 'extend'; which: number }
  | { do: 'lease ends' | 'comes due'; which: number };

const which = fc.nat({ max: 20 });
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('store' as const),
      subject: fc.nat({ max: SUBJECTS.length - 1 }),
      isLate: fc.boolean(),
      bytes: fc.integer({ min: 1, max: 60 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('claim' as const),
      most: fc.integer({ min: 1, max: 6 }),
      bytes: fc.constantFrom(1, 50, 100, 1_000),
      skip: fc.nat({ max: 5 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('finish', 'retry later', 'retry now', 'bury', 'release', 'extend'),
      which,
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('lease ends', 'comes due'), which }) },
) as fc.Arbitrary<Command>;

describe('whose turn it is', () => {
  let database: TestDatabase;
  let repository: EventDispatchRepository;
  beforeAll(async () => {
    database = await openTestDatabase();
    repository = new EventDispatchRepository(new Statements(database.engine));
  });
  afterAll(() => database.close());

  const foundBy = async (at: typeof EVERYTHING): Promise<number[]> =>
    (await repository.look(at)).due.flatMap(({ seqs }) => seqs.map(Number)).sort((a, b) => a - b);

  /** Runs commands on both, and compares after each what the next look would find. */
  async function check(commands: readonly Command[]): Promise<void> {
    await database.truncate();
    const { pool } = database.engine;
    const model = new Model();
    const claims: ClaimedEvent[] = [];
    let seq = 1_000;
    let tokens = 0;
    for (const each of commands) {
      if (each.do === 'store') {
        seq += 10;
        // Committed after later ones: somebody took its position and was slow.
        const late = model.rows.find((row) => !model.rows.some((other) => other.seq === row.seq - 1));
        const row = {
          seq: each.isLate && late ? late.seq - 1 : seq,
          subject: SUBJECTS[each.subject] ?? null,
          bytes: each.bytes,
        };
        model.store(row);
        await queueEvents(pool, [row]);
      } else if (each.do === 'claim') {
        const token = `t${++tokens}`;
        const found = await foundBy(EVERYTHING);
        const wanted = found.filter((_seq, i) => i !== each.skip).slice(0, each.most);
        if (wanted.length === 0) continue;
        const got = await repository.claim({
          seqs: wanted.map(String),
          token,
          leaseSeconds: 60,
          bytes: each.bytes,
          isFirstFree: true,
        });
        expect(got.map((event) => Number(event.seq))).toEqual(
          model.claim(token, wanted, each.bytes).map((row) => row.seq),
        );
        claims.push(...got);
      } else if (each.do === 'lease ends' || each.do === 'comes due') {
        const row = model.rows[each.which % Math.max(1, model.rows.length)];
        if (!row) continue;
        if (each.do === 'lease ends') row.isHeld = false;
        else row.isDue = true;
        const change =
          each.do === 'lease ends'
            ? `lease_until = least(lease_until, now() - interval '1 second')`
            : `due_at = least(due_at, now())`;
        await pool.query(`update clankerbot.event_dispatch set ${change} where seq = $1`, [row.seq]);
      } else {
        const claim = claims[each.which % Math.max(1, claims.length)];
        if (!claim) continue;
        await end(each.do, claim, model);
      }
      expect(await foundBy(EVERYTHING)).toEqual(model.inTurn().map((row) => row.seq));
      expect(await foundBy(WALK)).toEqual(model.inTurn().map((row) => row.seq));
    }
  }

  /** As whoever made a claim ends it, which may be long after the event was claimed anew. */
  async function end(
    how: (Command & { which: number })['do'],
    claim: ClaimedEvent,
    model: Model,
  ): Promise<void> {
    const row = model.of(Number(claim.seq), claim.token);
    const finished = { ...claim, eventId: claim.event.id, handlers: [] };
    if (how === 'extend') {
      const isBehindHeld = model.rows.some(
        (other) =>
          row?.subject !== null && other.subject === row?.subject && other.seq < row.seq && other.isHeld,
      );
      const isOurs = row !== undefined && (row.isHeld || !isBehindHeld);
      expect([...(await repository.extend([claim], 60))]).toEqual(isOurs ? [claim.seq] : []);
      if (isOurs) row.isHeld = true;
      return;
    }
    if (how === 'release') {
      await repository.release([claim]);
      if (row) Object.assign(row, { isHeld: false, token: undefined });
    } else if (how === 'retry later' || how === 'retry now') {
      const isLater = how === 'retry later';
      await repository.retryLater(finished, { afterSeconds: isLater ? 3_600 : 0, error: {} });
      if (row) Object.assign(row, { isHeld: false, token: undefined, isDue: !isLater });
    } else {
      await (how === 'finish' ? repository.finish([claim]) : repository.makeDeadLetter(finished, {}));
      model.rows = model.rows.filter((other) => other !== row);
    }
  }

  it('is what a plain model says, whoever claims, ends, fails, gives back or is late, in whatever order', async () => {
    await fc.assert(fc.asyncProperty(fc.array(command, { minLength: 5, maxLength: 40 }), check), cases(25));
  }, 120_000);
});
