import { refuseInTransaction } from '../../src/storage/inside-transaction.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';

describe('a transaction', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openTestDatabase();
  });
  afterAll(() => database.close());

  const wait = async () => refuseInTransaction('A stranger');

  it('waits for nothing but the database', async () => {
    await expect(database.db.transaction().execute(wait)).rejects.toThrow(
      'A stranger must not be waited for',
    );
    await wait();
  });

  it('does not keep what it began from waiting once it is over', async () => {
    const over = Promise.withResolvers<void>();
    const { later } = await database.db
      .transaction()
      .execute(async () => ({ later: over.promise.then(wait) }));
    over.resolve();
    await expect(later).resolves.toBeUndefined();
  });
});
