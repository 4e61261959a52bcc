import type { Objection } from './departing.js';

export interface Push {
  branch: string;
  defaultBranch: string;
  /** Of the task: nothing else is pushed to. */
  ownBranch: string;
  isProtected: boolean;
  /** What the branch points to at GitHub, null where it is not there. */
  remoteSha: string | null;
  /** What this task has pushed to it last, null where it has pushed nothing. */
  lastOwnSha: string | null;
  newSha: string;
  /** Whether the new commit has what is there below it. */
  isForward: boolean;
}

export type PushVerdict =
  { do: 'push'; expected: string | null } | { do: 'nothing' } | { objection: Objection };

/** `clankerbot/issue-7-0123abcd`: nothing in it comes from a person. */
export const OWN_BRANCH = /^clankerbot\/(issue|pull)-[1-9]\d{0,9}-[0-9a-f]{8}$/;

/**
 * Whether a commit may be pushed. Promises: only to the branch of the task, never to a default or protected one, never over what
 * somebody else has put there; and `expected` is what has to be there at that moment.
 */
export function judgePush(push: Push): PushVerdict {
  const reason = whyNotThere(push) ?? whyNotNow(push);
  if (reason !== undefined) {
    return { objection: { kind: 'branch', where: JSON.stringify(push.branch.slice(0, 200)), reason } };
  }
  return push.remoteSha === push.newSha ? { do: 'nothing' } : { do: 'push', expected: push.remoteSha };
}

function whyNotThere({ branch, defaultBranch, ownBranch, isProtected }: Push): string | undefined {
  if (branch.toLowerCase() === defaultBranch.toLowerCase()) return 'is the default branch';
  if (isProtected) return 'is protected';
  if (!OWN_BRANCH.test(branch)) return 'is no branch of ours';
  return branch === ownBranch ? undefined : 'is the branch of another task';
}

/** A branch whose end is ours may be moved on; one that others have moved may be moved on where theirs stays in it. */
function whyNotNow({ remoteSha, newSha, lastOwnSha, isForward }: Push): string | undefined {
  if (remoteSha === null || remoteSha === newSha || isForward) return undefined;
  return remoteSha === lastOwnSha ? 'would lose commits of ours' : 'would lose commits of others';
}
