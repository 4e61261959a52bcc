import type { AskingRules } from '../reading/who-may-ask.js';

export interface AskingSettings extends AskingRules {
  /** Repositories whose issues count, as `owner/name`; of any other nothing is taken. */
  repositories: readonly string[];
  /** Of the label by which people ask: `BOT_LABEL`. */
  label: string;
  /** Labels that set a task before others, or behind them. */
  priorities: Readonly<Record<string, number>>;
}

export const ORDINARY_PRIORITY = 1;

/** The highest that its labels give, else the ordinary one. */
export function priorityOf(labels: readonly string[], priorities: AskingSettings['priorities']): number {
  const given = labels.flatMap((label) => {
    const priority = Object.hasOwn(priorities, label) ? priorities[label] : undefined;
    return priority === undefined ? [] : [priority];
  });
  return given.length === 0 ? ORDINARY_PRIORITY : Math.max(...given);
}
