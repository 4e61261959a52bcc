import { setTimeout as delay } from 'node:timers/promises';
import type { INestApplication } from '@nestjs/common';
import type { Logger } from 'pino';
import { ServiceState } from './observability/service-state.js';

/** What closing pools and files may take on top of the grace before the process goes anyway. */
const CLOSING_MS = 3_000;
/** What the last traces may take of that: their collector may be there and not answer. */
const LAST_WORDS_MS = 2_000;
/** Ctrl-C under npm comes twice, from the terminal and from npm: so close together it is one. */
const SAME_SIGNAL_MS = 250;
const SIGNALS = { SIGTERM: 15, SIGINT: 2 } as const;

interface Options {
  logger: Logger;
  beforeExit: () => Promise<void> | undefined;
}

/** The first signal stops in good order and exits with 0; the second exits at once. */
export function stopOnSignals(app: INestApplication, options: Options): void {
  const state = app.get(ServiceState);
  let firstMs = -Infinity;
  for (const [signal, number] of Object.entries(SIGNALS)) {
    process.on(signal, () => {
      if (performance.now() - firstMs < SAME_SIGNAL_MS) return;
      if (state.isDraining) process.exit(128 + number);
      firstMs = performance.now();
      state.beginDraining();
      options.logger.info({ signal, grace_ms: state.remainingGraceMs() }, 'Stopping');
      void stop(app, state, options);
    });
  }
}

async function stop(
  app: INestApplication,
  state: ServiceState,
  { logger, beforeExit }: Options,
): Promise<void> {
  const deadline = delay(state.remainingGraceMs() + CLOSING_MS, 'late' as const, { ref: false });
  try {
    const outcome = await Promise.race([app.close(), deadline]);
    if (outcome === 'late') logger.warn('Some work did not stop in time and was handed back');
    const isSaid = await Promise.race([lastWords(beforeExit), deadline]);
    if (isSaid !== true) logger.warn('The last traces were not sent');
    logger.info('Stopped');
  } catch (error) {
    logger.error({ err: error }, 'The stop did not go cleanly');
  }
  process.exit(0);
}

/** Returns whether they were out in time. */
async function lastWords(say: () => Promise<void> | undefined): Promise<boolean> {
  const late = delay(LAST_WORDS_MS, false, { ref: false });
  return Promise.race([
    Promise.resolve(say()).then(
      () => true,
      () => false,
    ),
    late,
  ]);
}
