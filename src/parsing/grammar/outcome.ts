import type { Params } from '../../integrations/integration.js';
import type { LanguageCode } from './language.js';
import type { Names } from './names.js';

export type DateOrder = 'dmy' | 'mdy' | 'ymd';

/** Where and when a text is said, and which names are known there. Nothing else is looked at. */
export interface SayingContext {
  nowMs: number;
  zone: string;
  /** `de-DE`; says in which language to look first. */
  locale?: string;
  /** 0 is Monday. */
  weekStart: number;
  /** Undefined where nobody knows how the person writes dates. */
  dateOrder: DateOrder | undefined;
  /** Times of day are said as nine and nine again. */
  hours12: boolean;
  workspaceId: string;
  /** The caller's id there, which their own entries are listed by. */
  userId?: string;
  names: Names;
}

/** A piece of the text and what it was understood as. */
export interface ReadSlot {
  slot: string;
  text: string;
  from: number;
  to: number;
  value: unknown;
}

/** What was not said and is taken as usual. */
export interface Assumed {
  slot: string;
  value: string;
  why: string;
}

export interface ActionOutcome {
  outcome: 'action';
  integration: 'clockify';
  operation: string;
  params: Params;
  language: LanguageCode;
  summary: string;
  slots: readonly ReadSlot[];
  assumed: readonly Assumed[];
}

export interface QuestionOption {
  id: string;
  label: string;
}

export interface QuestionOutcome {
  outcome: 'question';
  language: LanguageCode;
  question: {
    slot: string;
    reason: string;
    text: string;
    options: readonly QuestionOption[];
    free: boolean;
  };
  slots: readonly ReadSlot[];
}

export interface Unread {
  text: string;
  from: number;
  to: number;
}

export interface RefusalOutcome {
  outcome: 'refusal';
  reason: string;
  unread: readonly Unread[];
}

export type Outcome = ActionOutcome | QuestionOutcome | RefusalOutcome;
