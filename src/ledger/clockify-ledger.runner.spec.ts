import type { PinoLogger } from 'nestjs-pino';
import type { EventLookup } from '../events/inbox/event-lookup.js';
import type { ClockifyIntegration } from '../integrations/clockify/clockify.integration.js';
import { Metrics } from '../observability/metrics.js';
import type { BackgroundTask, BackgroundTasks } from '../queue/background-tasks.js';
import type { WebhooksConfig } from '../sources/sources.config.js';
import { ClockifyLedgerRunner } from './clockify-ledger.runner.js';
import type { ClockifyLedgerService } from './clockify-ledger.service.js';

describe('the look into the ledgers of several workspaces', () => {
  it('fails as a task where one of them fails, after the others had their turn', async () => {
    const healed: string[] = [];
    const added: BackgroundTask[] = [];
    const warned: object[] = [];
    const runner = new ClockifyLedgerRunner(
      { CLOCKIFY_LEDGER_WORKSPACES: ['gone', 'there'] } as unknown as WebhooksConfig,
      { isConfigured: true } as ClockifyIntegration,
      {
        async heal(workspace: string) {
          if (workspace === 'gone') throw new Error('no such workspace');
          healed.push(workspace);
          return 0;
        },
      } as unknown as ClockifyLedgerService,
      { takeTurn: async () => true } as unknown as EventLookup,
      { add: (task: BackgroundTask) => void added.push(task) } as unknown as BackgroundTasks,
      new Metrics(),
      { warn: (line: object) => warned.push(line), info: () => undefined } as unknown as PinoLogger,
    );
    runner.onModuleInit();
    const [task] = added;
    await expect(task?.run(new AbortController().signal)).rejects.toThrow('Some ledgers');
    expect(healed).toEqual(['there']);
    expect(warned).toEqual([expect.objectContaining({ workspace: 'gone' })]);
  });
});
