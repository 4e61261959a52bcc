import type { Mutant } from './mutant.ts';

const WORK = 'src/flows/execution/flow-work.repository.ts';
const NEWS = 'src/flows/execution/flow-news.ts';
const EXECUTOR = 'src/flows/execution/flow-executor.ts';
const LEASES = 'src/flows/execution/flow-leases.ts';

export const flowMutants: readonly Mutant[] = [
  {
    fault: 'two processes claim at a time, so that more runs of a flow run than its limit says',
    file: WORK,
    find: "      await sql`select revision from clankerbot.flow_latch where name = 'claims' for update`.execute(\n        transaction,\n      );\n",
    plant: '',
    tests: ['test/flows/claims.e2e-spec.ts'],
    engine: 'postgres',
  },
  {
    fault: 'what is said under an earlier claim of a run counts',
    file: NEWS,
    find: 'where run.id = change.id and run.claims = change.claims and',
    plant: 'where run.id = change.id and',
    tests: ['test/flows/claims.e2e-spec.ts'],
  },
  {
    fault: 'runs that this process holds are taken for those of a dead one',
    file: WORK,
    find: '\n          and not ${isHeld(owner, held)}\n        returning parent_run_id',
    plant: '\n        returning parent_run_id',
    tests: ['test/flows/claims.e2e-spec.ts'],
  },
  {
    fault: 'a run that keeps killing its process is never given up',
    file: WORK,
    find: "status = case when rescues >= ${rescuesMax} then 'failed' else 'queued' end",
    plant: "status = 'queued'",
    tests: ['test/flows/flow-calls.e2e-spec.ts'],
  },
  {
    fault: 'max_steps lets one step too few through',
    file: EXECUTOR,
    find: 'this.#position > this.run.maxSteps',
    plant: 'this.#position >= this.run.maxSteps',
    tests: ['test/flows/flow-running.e2e-spec.ts', 'test/flows/limits.e2e-spec.ts'],
  },
  {
    fault: 'a run has no deadline',
    file: EXECUTOR,
    find: 'this.around.clock.nowMs() > deadlineAt.getTime()',
    plant: 'this.around.clock.nowMs() > deadlineAt.getTime() + 3_600_000',
    tests: ['test/flows/run-time.e2e-spec.ts', 'test/flows/flow-running.e2e-spec.ts'],
  },
  {
    fault: 'a retry walks past the stop that ended the run',
    file: EXECUTOR,
    find: "    if ('stop' in step) return this.#stop(step, scope, path);\n    const row = this.around.journal.find(path);\n",
    plant:
      "    const row = this.around.journal.find(path);\n    if ('stop' in step && row?.status === 'succeeded') return undefined;\n    if ('stop' in step) return this.#stop(step, scope, path);\n",
    tests: ['test/flows/stopped-runs.e2e-spec.ts'],
  },
  {
    fault: 'a loop evaluates its list anew when it goes on',
    file: EXECUTOR,
    find: '    if (earlier?.items) return earlier.items;\n',
    plant: '',
    tests: ['test/flows/flow-waits.e2e-spec.ts'],
  },
  {
    fault: 'a step that has its result is done again',
    file: EXECUTOR,
    find: "    if (row?.status === 'succeeded' && !isApart(step, row)) return row.output ?? undefined;\n",
    plant: '',
    tests: ['test/flows/flow-waits.e2e-spec.ts'],
  },
  {
    fault: 'the flow fails for a step that may fail',
    file: EXECUTOR,
    find: 'if (!step.continueOnError) throw failure;',
    plant: 'throw failure;',
    tests: ['test/flows/flow-running.e2e-spec.ts'],
  },
  {
    fault: 'a write that may have had its effect is tried again',
    file: 'src/flows/execution/step-failure.ts',
    find: "return !(isWrite && error instanceof IntegrationError && error.outcome === 'unknown');",
    plant: 'return isWrite || !isWrite;',
    tests: ['test/flows/flow-running.e2e-spec.ts'],
  },
  {
    fault: 'after an outage the others have no time to say that they live',
    file: 'src/clock/sight.ts',
    find: 'this.#isLost = true;',
    plant: 'this.#isLost = false;',
    tests: ['src/clock/sight.spec.ts'],
  },
  {
    fault: 'a run is taken back although somebody else has had it',
    file: LEASES,
    find: '    if (row.claims !== this.claim.number + 1) return false;\n',
    plant: '',
    tests: ['src/flows/execution/flow-leases.spec.ts'],
  },
  {
    fault: 'an outage loses the runs of a process',
    file: LEASES,
    find: '    } catch (err) {\n      this.lostSight();\n',
    plant:
      '    } catch (err) {\n      for (const { held } of asked) held.isLost = true;\n      this.lostSight();\n',
    tests: ['src/flows/execution/flow-leases.spec.ts'],
  },
  {
    fault: 'of two who change a flow, the second undoes what the first has done',
    file: 'src/flows/flows.repository.ts',
    find: "query = query.where('version', '=', flow.expectedVersion);",
    plant: "query = query.where('id', '=', flow.id);",
    tests: ['test/flows/limits.e2e-spec.ts'],
    engine: 'postgres',
  },
];
