import { Metrics } from './metrics.js';

describe('a gauge that is read when somebody scrapes', () => {
  const samples = async (metrics: Metrics, name: string): Promise<string[]> =>
    (await metrics.registry.metrics()).split('\n').filter((line) => line.startsWith(name));

  it.each<[string, () => Promise<void>]>([
    ['fails', () => Promise.reject(new Error('The database is away'))],
    ['hangs', () => new Promise(() => undefined)],
  ])('is left out while its reading %s, and nothing else with it', async (_what, misread) => {
    const metrics = new Metrics();
    let isBroken = false;
    const read = (set: () => void): void | Promise<void> => (isBroken ? misread() : set());
    metrics.gauge('test_plain', 'x', { collect: (gauge) => read(() => gauge.set(7)) });
    metrics.gauge('test_labelled', 'x', {
      labelNames: ['state'],
      collect: (gauge) => read(() => gauge.set({ state: 'a' }, 8)),
    });
    metrics.counter('test_counter', 'x').inc();
    const all = ['test_plain 7', 'test_labelled{state="a"} 8', 'test_counter 1'];
    expect((await samples(metrics, 'test_')).sort()).toEqual([...all].sort());
    isBroken = true;
    expect(await samples(metrics, 'test_')).toEqual(['test_counter 1']);
    isBroken = false;
    expect((await samples(metrics, 'test_')).sort()).toEqual([...all].sort());
  });
});
