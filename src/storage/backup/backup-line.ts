import type { TableShape } from './table-catalogue.js';

/** A backup is one line of JSON after the other: its head; per table its shape, then its rows as arrays; its end. */
export type BackupLine = BackupHead | TableLine | SequenceLine | BackupEnd;

export interface BackupHead {
  kind: 'clankerbot-backup';
  format: number;
  createdAt: string;
  /** What had been migrated: the place that it is restored into is brought exactly there first. */
  migrations: string[];
}

export interface TableLine extends TableShape {
  kind: 'table';
}

export interface SequenceLine {
  kind: 'sequence';
  schema: string;
  name: string;
  lastValue: string;
  isCalled: boolean;
}

/** Without it, a backup that was cut short would look whole. */
export interface BackupEnd extends BackupSummary {
  kind: 'end';
}

export interface BackupSummary {
  tables: number;
  rows: number;
}

export const BACKUP_FORMAT = 1;

/** Rows are left as they are: only their table knows what their texts mean. */
export const isRow = (line: string): boolean => line.startsWith('[');
