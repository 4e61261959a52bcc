import { DeliveryGatherer } from './delivery-gatherer.js';

const OPTIONS = {
  eagerBatch: 100,
  usualInFlight: 1,
  maxInFlight: 1,
  maxBatch: 100,
  maxWaitMs: 2,
  deadlineMs: 60_000,
  capacityBytes: 1_000_000,
};

describe('gathering deliveries', () => {
  it('stores nothing whose sender has gone while it waited, and all the others', async () => {
    const stored: string[][] = [];
    const first = Promise.withResolvers<void>();
    const gatherer = new DeliveryGatherer<string, string>(OPTIONS, async (items) => {
      stored.push(items);
      await first.promise;
      return items;
    });
    const gone = new Set<string>();
    const add = (name: string): Promise<string> => gatherer.add(name, 1, () => gone.has(name));
    const answers = [add('under way')];
    await new Promise(setImmediate);
    answers.push(add('patient'), add('gone'), add('patient too'));
    gone.add('gone').add('under way');
    first.resolve();
    const outcomes = (await Promise.allSettled(answers)).map(({ status }) => status);
    expect(outcomes).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(stored).toEqual([['under way'], ['patient', 'patient too']]);
  });

  it('goes on with the next ones when all that waited have gone', async () => {
    const stored: string[] = [];
    const gatherer = new DeliveryGatherer<string, string>(OPTIONS, async (items) => {
      stored.push(...items);
      return items;
    });
    await expect(gatherer.add('gone', 1, () => true)).rejects.toMatchObject({ code: 'unavailable' });
    expect(await gatherer.add('there', 1)).toBe('there');
    expect(stored).toEqual(['there']);
  });
});
