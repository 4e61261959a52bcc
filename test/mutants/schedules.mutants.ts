import type { Mutant } from './mutant.ts';

const RUNS = 'src/schedules/schedule-runs.repository.ts';
const FIRING = 'src/schedules/firing/schedule-firing.ts';

export const scheduleMutants: readonly Mutant[] = [
  {
    fault: 'the next run of a schedule begins while one is under way',
    file: RUNS,
    find: `
          and not exists (
            select 1 from clankerbot.schedule_runs busy
            where busy.schedule_id = waiting.schedule_id and busy.status in ('queued', 'running')
          )`,
    plant: '',
    tests: ['test/schedules/turns.e2e-spec.ts', 'test/schedules/schedules.e2e-spec.ts'],
  },
  {
    fault: 'of the runs that wait, the youngest has its turn',
    file: RUNS,
    find: '        order by schedule_id, id\n      )',
    plant: '        order by schedule_id, id desc\n      )',
    tests: ['test/schedules/turns.e2e-spec.ts', 'test/schedules/schedules.e2e-spec.ts'],
  },
  {
    fault: 'a worker from whom a run was taken ends it',
    file: RUNS,
    find: 'where run.id = o.id and run.attempt = o.attempt and',
    plant: 'where run.id = o.id and',
    tests: ['test/schedules/turns.e2e-spec.ts'],
  },
  {
    fault: 'one run more may wait than SCHEDULE_OVERLAP_MAX says',
    file: FIRING,
    find: 'waits && waiting >= waitingMax',
    plant: 'waits && waiting > waitingMax',
    tests: ['test/schedules/turns.e2e-spec.ts'],
  },
  {
    fault: 'a schedule that skips overlaps itself',
    file: FIRING,
    find: "(isBusy && schedule.overlap === 'skip')",
    plant: "(isBusy && schedule.overlap === 'parallel')",
    tests: ['test/schedules/schedules.e2e-spec.ts'],
  },
  {
    fault: 'what is due is worked on, and not moved on',
    file: FIRING,
    find: '      await schedules.advance(planned.map(advanceOf), now, transaction);\n',
    plant: '',
    tests: ['test/schedules/schedules.e2e-spec.ts'],
  },
  {
    fault: 'two replicas fire one due time',
    file: RUNS,
    find: '      on conflict do nothing\n      returning id`',
    plant: '      on conflict (id) do nothing\n      returning id`',
    tests: ['test/schedules/replicas.e2e-spec.ts'],
    engine: 'postgres',
    survives:
      'The claim of the schedule (for update skip locked) and its moving on in the same transaction let one replica fire alone; the unique due time is the second lock on that door, and is an error instead of a pass where the first fails',
  },
  {
    fault: 'a schedule that is deleted and the end of its run lock each other out',
    file: 'src/schedules/schedules.repository.ts',
    find: '    await this.lock([id], transaction);\n',
    plant: '',
    tests: ['test/schedules/deletion.e2e-spec.ts'],
    engine: 'postgres',
  },
];
