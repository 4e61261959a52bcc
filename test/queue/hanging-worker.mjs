import 'reflect-metadata';
import { CONFIG_SECTIONS } from '../../dist/app.config.js';
import { loadConfig } from '../../dist/config/load-config.js';
import { createApp } from '../../dist/create-app.js';
import { createLogger } from '../../dist/observability/logger.js';
import { observabilityConfig } from '../../dist/observability/observability.config.js';
import { JobQueue } from '../../dist/queue/job-queue.js';

/** The service with a worker that takes a job, says so, and never finishes it; and one that does it when it gets SIGUSR2. */
const config = loadConfig(CONFIG_SECTIONS, process.env);
const app = await createApp(config, createLogger(config.get(observabilityConfig), []));
const queue = app.get(JobQueue);
const took = (job) => process.stdout.write(`took ${job.id}\n`);
queue.define('hanging', { retryDelaySeconds: 600 });
queue.work('hanging', { concurrency: 1 }, async (job) => {
  took(job);
  await new Promise(() => undefined);
});
queue.define('slow', { retryDelaySeconds: 600 });
queue.work('slow', { concurrency: 1 }, async (job) => {
  took(job);
  await new Promise((resolve) => process.once('SIGUSR2', resolve));
  process.stdout.write(`did ${job.id}\n`);
});
await app.listen(0, '127.0.0.1');
process.stdout.write(`${JSON.stringify({ url: await app.getUrl() })}\n`);
