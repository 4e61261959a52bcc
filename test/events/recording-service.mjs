import 'reflect-metadata';
import { CONFIG_SECTIONS } from '../../dist/app.config.js';
import { loadConfig } from '../../dist/config/load-config.js';
import { createApp } from '../../dist/create-app.js';
import { EventHandlers } from '../../dist/events/event-handler.js';
import { createLogger } from '../../dist/observability/logger.js';
import { observabilityConfig } from '../../dist/observability/observability.config.js';
import { stopOnSignals } from '../../dist/stop-on-signals.js';
import { Database } from '../../dist/storage/database.js';
import { DatabaseStartup } from '../../dist/storage/database-startup.js';
import { sql } from 'kysely';

/** The service with a handler whose effect is a row per event, in the transaction that records that it was handled. */
const config = loadConfig(CONFIG_SECTIONS, process.env);
const logger = createLogger(config.get(observabilityConfig), config.secretTexts);
const app = await createApp(config, logger);
stopOnSignals(app, { logger, beforeExit: () => undefined });
const db = app.get(Database);
const sleepMs = Number(process.env['TEST_HANDLER_MS'] ?? 0);

/** When each try began and ended, and every fifth event fails at first. */
async function recordTry({ payload: { writer, n } }, { attempt }, work) {
  const { rows } =
    await sql`insert into public.tries (writer, n, by) values (${writer}, ${n}, ${process.pid}) returning id`.execute(
      db,
    );
  try {
    if (n % 5 === 1 && attempt < 3) throw new Error('not yet');
    await work();
  } finally {
    await sql`update public.tries set ended = clock_timestamp() where id = ${rows[0].id}`.execute(db);
  }
}

async function handle(event, context) {
  if (sleepMs > 0) await new Promise((resolve) => setTimeout(resolve, sleepMs));
  await db.transaction().execute(async (transaction) => {
    await context.recordHandled(transaction);
    const { writer, n } = event.payload;
    await sql`insert into public.effects (writer, n, by) values (${writer}, ${n}, ${process.pid})`.execute(
      transaction,
    );
  });
}

app.get(EventHandlers).register({
  name: 'recorder',
  handle: (event, context) =>
    process.env['TEST_RECORD_TRIES'] === 'true'
      ? recordTry(event, context, () => handle(event, context))
      : handle(event, context),
});

// One instance at a time: "if not exists" does not keep two of them from making it at once. Whoever sees it ready finds them.
app.get(DatabaseStartup).beforeReady(() =>
  db.transaction().execute(async (transaction) => {
    await sql`select pg_advisory_xact_lock(1)`.execute(transaction);
    await sql`create table if not exists public.effects (id bigserial primary key, writer int, n int, by int)`.execute(
      transaction,
    );
    await sql`create table if not exists public.tries (id bigserial primary key, writer int, n int, by int,
      began timestamptz default clock_timestamp(), ended timestamptz)`.execute(transaction);
  }),
);

await app.listen(0, '127.0.0.1');
logger.info({ url: await app.getUrl() }, 'Listening');
await app.get(DatabaseStartup).whenReady();
logger.info('Ready');
