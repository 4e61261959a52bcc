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

app.get(EventHandlers).register({
  name: 'recorder',
  async handle(event, context) {
    if (sleepMs > 0) await new Promise((resolve) => setTimeout(resolve, sleepMs));
    await db.transaction().execute(async (transaction) => {
      await context.recordHandled(transaction);
      const { writer, n } = event.payload;
      await sql`insert into public.effects (writer, n, by) values (${writer}, ${n}, ${process.pid})`.execute(
        transaction,
      );
    });
  },
});

await app.listen(0, '127.0.0.1');
logger.info({ url: await app.getUrl() }, 'Listening');
await app.get(DatabaseStartup).whenReady();
// One instance at a time: "if not exists" does not keep two of them from making it at once.
await db.transaction().execute(async (transaction) => {
  await sql`select pg_advisory_xact_lock(1)`.execute(transaction);
  await sql`create table if not exists public.effects (id bigserial primary key, writer int, n int, by int)`.execute(
    transaction,
  );
});
logger.info('Ready');
