import { INTEGRATIONS } from '../../src/integrations/integration.js';
import { startTestApp, type TestApp, type TestAppOptions } from './app.js';
import { FakeIntegration } from './fake-integration.js';

export interface ActionsApp extends TestApp {
  fake: FakeIntegration;
}

/** The whole application over a stand-in for every integration. */
export async function startActionsApp(
  options: TestAppOptions = {},
  fake: FakeIntegration = new FakeIntegration(),
): Promise<ActionsApp> {
  const service = await startTestApp({
    ...options,
    env: { RATE_LIMIT_PER_MINUTE: '100000', ...options.env },
    override: (builder) => {
      const withFake = builder
        .overrideProvider(INTEGRATIONS)
        .useValue([fake, new FakeIntegration('slack', [])]);
      return options.override?.(withFake) ?? withFake;
    },
  });
  return { ...service, fake };
}
