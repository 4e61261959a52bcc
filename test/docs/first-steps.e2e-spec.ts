import { ClockifySandbox } from '../clockify-sandbox/clockify-sandbox.js';
import { faultsOf } from '../support/commands/call-checks.js';
import { createServiceDatabase, isOnPostgres } from '../support/database.js';
import { isAsShown, type RanBlock, runDocument } from '../support/document-shell.js';
import { readDocument } from '../support/markdown.js';
import { startService, stopAllServices } from '../support/service.js';

// They describe a service as it is after cloning, which has no Postgres but its own.
const describeOnEmbedded = isOnPostgres ? describe.skip : describe;

describeOnEmbedded.each(['README.md', 'docs/QUICKSTART.md'])('the commands of %s', (path) => {
  let sandbox: ClockifySandbox;
  let drop: () => Promise<void>;
  let blocks: RanBlock[];

  beforeAll(async () => {
    sandbox = new ClockifySandbox();
    await sandbox.start();
    const database = await createServiceDatabase();
    drop = database.drop;
    const service = await startService({ ...database.env, ...sandbox.environment });
    await service.untilReady();
    blocks = await runDocument(readDocument(path), { url: service.url });
  }, 180_000);
  afterAll(async () => {
    await stopAllServices();
    await drop();
    await sandbox.stop();
  });

  it('work, one after the other', () => {
    expect(blocks.filter(({ failure }) => failure !== undefined)).toEqual([]);
    expect(blocks.filter(({ isLive }) => isLive).length).toBeGreaterThan(0);
  });

  it('answer what the document shows', () => {
    const others = blocks.flatMap(({ line, answers }) =>
      answers
        .filter(({ actual, expected }) => !isAsShown(actual, expected))
        .map((answer) => ({ line, ...answer })),
    );
    expect(others).toEqual([]);
  });

  it('name only files, values, services and routes that there are', () => {
    expect(faultsOf(blocks.flatMap(({ calls }) => calls))).toEqual([]);
  });
});
