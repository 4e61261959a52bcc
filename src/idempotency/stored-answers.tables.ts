import type { ColumnType } from 'kysely';

/** What a request is answered with. */
export type Answer = Record<string, unknown>;

interface ScheduleAnswersTable {
  key: string;
  fingerprint: string;
  answer: ColumnType<Answer | null, string | undefined, string | null>;
  created_at: Date;
}

declare module '../storage/database.js' {
  interface Tables {
    /** Of requests of all kinds; the schedules' were the first. */
    schedule_answers: ScheduleAnswersTable;
  }
}
