import { FoundCreations } from '../../src/actions/found-creations.js';
import type { RunRecord } from '../../src/actions/run-record.js';
import { startTestApp, type TestApp } from '../support/app.js';

describe('what a run has found that it may have made', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp();
  });
  afterAll(() => service.close());

  const claimsOf = (id: string) => service.app.get(FoundCreations).of({ id } as RunRecord);

  it('is one run’s, whoever else finds it at the same moment, and stays so', async () => {
    const runs = ['one', 'two', 'three'].map(claimsOf);
    const first = await Promise.all(runs.map((run) => run.claim('made')));
    const again = await Promise.all(runs.map((run) => run.claim('made')));
    expect(first.filter(Boolean)).toHaveLength(1);
    expect(again).toEqual(first);
  });
});
