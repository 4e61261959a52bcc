import type { Mutant } from './mutant.ts';

const JOBS = 'src/queue/jobs.repository.ts';

export const queueMutants: readonly Mutant[] = [
  {
    fault: 'what a worker says of a job counts after another one has it',
    file: JOBS,
    find: 'where job.id = own.id and job.claims = own.claims`',
    plant: 'where job.id = own.id`',
    tests: ['test/queue/job-claims.e2e-spec.ts'],
  },
  {
    fault: 'two workers take one job',
    file: JOBS,
    find: 'limit ${room} for update skip locked',
    plant: 'limit ${room}',
    tests: ['test/queue/many-processes.e2e-spec.ts', 'test/queue/job-claims.e2e-spec.ts'],
    engine: 'postgres',
  },
  {
    fault: 'a job has one try more than its policy says',
    file: JOBS,
    find: 'job.attempts > ${failure.retryLimit}',
    plant: 'job.attempts > ${failure.retryLimit + 1}',
    tests: ['test/queue/job-queue.spec.ts'],
  },
  {
    fault: 'priorities count for nothing',
    file: JOBS,
    find: 'order by priority desc, start_after limit',
    plant: 'order by start_after limit',
    tests: ['test/queue/job-queue.spec.ts'],
  },
  {
    fault: 'a job that is handed back has used up a try',
    file: JOBS,
    find: "state = 'waiting', attempts = job.attempts - 1,",
    plant: "state = 'waiting', attempts = job.attempts,",
    tests: ['test/queue/job-queue.spec.ts', 'test/queue/job-claims.e2e-spec.ts'],
  },
  {
    fault: 'jobs of this process are taken for those of a dead worker',
    file: 'src/queue/job-upkeep.repository.ts',
    find: ' and now() > ${EVERYBODY_COULD_RENEW} and not ${this.#isHeld(held)}\n        limit',
    plant: ' and now() > ${EVERYBODY_COULD_RENEW}\n        limit',
    tests: ['test/queue/job-claims.e2e-spec.ts'],
  },
  {
    fault: 'a task of the background runs twice at a time',
    file: 'src/queue/background-tasks.ts',
    find: '      this.timers.deleteTimeout(task.name);\n',
    plant: '      this.timers.deleteTimeout(task.name);\n      this.#runIn(task.everyMs, task);\n',
    tests: ['src/queue/background-tasks.spec.ts'],
  },
  {
    fault: 'a task of the background that fails once is done with',
    file: 'src/queue/background-tasks.ts',
    find: '    }\n    this.#runIn(task.everyMs, task);\n',
    plant: '      return;\n    }\n    this.#runIn(task.everyMs, task);\n',
    tests: ['src/queue/background-tasks.spec.ts'],
  },
];
