import { createHash } from 'node:crypto';

/** What the bot is asked to do. */
export interface NewTask {
  repositoryId: number;
  /** `acme/site`. */
  repository: string;
  subject: 'issue' | 'pull';
  number: number;
  /** Tells this time of asking from others about the same thing: when the label was put on, or the id of a comment. */
  occasion: string;
  /** Of a pull request, the branch that it has. */
  branch?: string;
  priority?: number;
  needsApproval?: boolean;
  actor: { id: number; login: string };
  request: object;
}

/** The same for the same occasion, by whatever way it was heard of. A repository keeps its id when it is renamed. */
export function taskKey({
  repositoryId,
  subject,
  number,
  occasion,
}: Pick<NewTask, 'repositoryId' | 'subject' | 'number' | 'occasion'>): string {
  return `${repositoryId}:${subject}:${number}:${occasion}`;
}

/** `clankerbot/issue-7-0123abcd`: nothing in it comes from a person, and it is the same each time the task begins anew. */
export function branchOf(task: NewTask): string {
  if (task.branch !== undefined) return task.branch;
  const digits = createHash('sha256').update(taskKey(task)).digest('hex').slice(0, 8);
  return `clankerbot/${task.subject}-${task.number}-${digits}`;
}
