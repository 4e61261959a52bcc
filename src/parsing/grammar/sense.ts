import type { Day } from '../../clock/wall-time.js';
import type { Entity, NameKind } from './names.js';

export type Operation =
  | 'create_time_entry'
  | 'start_timer'
  | 'stop_timer'
  | 'current_timer'
  | 'list_time_entries'
  | 'report'
  | 'create_project'
  | 'create_client'
  | 'create_task'
  | 'create_tag'
  | 'list_projects'
  | 'list_clients'
  | 'list_tags'
  | 'list_tasks'
  | 'list_users'
  | 'list_workspaces'
  | 'help';

/** A time of day, in minutes. `open`: nobody knows yet whether before or after noon. */
export interface Clock {
  minute: number;
  isOpen: boolean;
  half?: 'am' | 'pm';
  /** Written as nothing but a number, which might be one of something else. */
  isBare: boolean;
}

/** Whole days. What is doubtful about them ends in a question. */
export interface Days {
  first: Day;
  last: Day;
  isOne: boolean;
  doubt?: string;
}

/** What one part of a sentence says. */
export type Part =
  | { slot: 'filler'; of?: readonly Operation[] }
  | { slot: 'intent'; of: readonly Operation[] }
  | { slot: 'minutes'; minutes: number }
  | { slot: 'days'; days: Days }
  | { slot: 'since'; days: Days }
  | { slot: 'start'; clock: Clock }
  | { slot: 'end'; clock: Clock }
  | { slot: 'range'; start: Clock; end: Clock; isLoose?: boolean }
  | { slot: 'entity'; kind: NameKind; entities: readonly Entity[]; isPrefix: boolean }
  | { slot: 'tags'; entities: readonly (readonly Entity[])[] }
  | { slot: 'description'; text: string; isQuoted: boolean }
  | { slot: 'billable'; billable: boolean }
  | { slot: 'archived' }
  | { slot: 'new'; operation: Operation; kind: NameKind; name: string };

/** What a piece of a sentence means, by itself. */
export type Sense =
  | { is: 'number'; value: number; isWhole: boolean; digits: number }
  | { is: 'minutes'; minutes: number }
  | { is: 'clock'; clock: Clock }
  | { is: 'index'; index: number }
  | { is: 'days'; days: Days }
  | { is: 'entities'; entities: readonly Entity[]; isPrefix: boolean }
  | { is: 'list'; entities: readonly (readonly Entity[])[] }
  | { is: 'text'; text: string; isQuoted: boolean }
  | { is: 'none' }
  | { is: 'parts'; parts: readonly Part[] };
