import { Test } from '@nestjs/testing';
import { ClockModule } from '../../src/clock/clock.module.js';
import { Clock, SystemClock } from '../../src/clock/clock.js';
import { ConfigModule } from '../../src/config/config.module.js';
import { loadConfig } from '../../src/config/load-config.js';
import { type BudgetStore, MemoryBudgetStore } from '../../src/integrations/budget/budget-store.js';
import { RequestBudgetRepository } from '../../src/integrations/budget/request-budget.repository.js';
import { ClockifyAccounts } from '../../src/integrations/clockify/account/clockify-accounts.js';
import { clockifyConfig } from '../../src/integrations/clockify/clockify.config.js';
import { ClockifyIntegration } from '../../src/integrations/clockify/clockify.integration.js';
import { ClockifyModule } from '../../src/integrations/clockify/clockify.module.js';
import type { ExecutionContext, Params } from '../../src/integrations/integration.js';
import type { IntegrationError } from '../../src/integrations/integration-error.js';
import { createLogger } from '../../src/observability/logger.js';
import { Metrics } from '../../src/observability/metrics.js';
import { observabilityConfig } from '../../src/observability/observability.config.js';
import { ObservabilityModule } from '../../src/observability/observability.module.js';

export interface TestClockify {
  integration: ClockifyIntegration;
  accounts: ClockifyAccounts;
  logs: Record<string, unknown>[];
  /** Arranges and carries out, as the actions room does after validation. */
  run(operation: string, params?: Params, context?: Partial<ExecutionContext>): Promise<unknown>;
  /** The error that running ends with; fails where there is none. */
  refusal(operation: string, params?: Params, context?: Partial<ExecutionContext>): Promise<IntegrationError>;
  /** As /metrics would show them. */
  metrics(): Promise<string>;
  close(): Promise<void>;
}

/** One for the whole test file: nestjs-pino keeps the first logger of a process for good. */
const logs: Record<string, unknown>[] = [];
const write = (line: string): void => void logs.push(JSON.parse(line) as Record<string, unknown>);

export const TEST_API_KEY = 'test-api-key-0123456789';

/** The Clockify integration against a server of the test's own, without the rest of the application. */
export async function startClockify(
  url: string,
  env: Record<string, string> = {},
  { store = new MemoryBudgetStore(new SystemClock()), clock }: { store?: BudgetStore; clock?: Clock } = {},
): Promise<TestClockify> {
  const config = loadConfig([clockifyConfig, observabilityConfig], {
    CLOCKIFY_API_KEY: TEST_API_KEY,
    CLOCKIFY_BASE_URL: `${url}/api`,
    CLOCKIFY_REPORTS_URL: `${url}/report`,
    CLOCKIFY_RETRY_DELAY_MS: '5',
    CLOCKIFY_TIMEOUT_MS: '2000',
    CLOCKIFY_REQUESTS_PER_SECOND: '0',
    LOG_JSON: 'true',
    ...env,
  });
  const logger = createLogger(config.get(observabilityConfig), config.secretTexts, { write });
  let builder = Test.createTestingModule({
    imports: [ConfigModule.forRoot(config), ClockModule, ObservabilityModule.forRoot(logger), ClockifyModule],
  })
    .overrideProvider(RequestBudgetRepository)
    .useValue(store);
  if (clock) builder = builder.overrideProvider(Clock).useValue(clock);
  const module = await builder.compile();
  const integration = module.get(ClockifyIntegration);
  const run: TestClockify['run'] = async (name, params = {}, context = {}) => {
    const operation = integration.find(name);
    if (!operation) throw new Error(`There is no operation ${name}`);
    const arranged = integration.arrange(operation, params);
    return integration.execute(operation, arranged, {
      requestId: 'test-request',
      priority: 'interactive',
      ...context,
    });
  };
  return {
    integration,
    accounts: module.get(ClockifyAccounts),
    logs,
    run,
    async refusal(...args) {
      const result: unknown = await run(...args).then(
        (value) => ({ value }),
        (error: unknown) => error,
      );
      if (result instanceof Error) return result as IntegrationError;
      throw new Error(`Nothing was refused: ${JSON.stringify(result)}`);
    },
    metrics: () => module.get(Metrics).registry.metrics(),
    close: () => module.close(),
  };
}
