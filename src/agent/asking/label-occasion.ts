import type { GithubIssueEvent, GithubUser } from './github-reader.js';

/** That somebody put the label on, and it is on since. */
export interface LabelOccasion {
  /** Of GitHub's event: the same by whatever way it is heard of. */
  eventId: number;
  actor: GithubUser;
  at: Date;
  /** The title at that moment, where it was changed since. */
  formerTitle?: string;
}

/** The latest time that the label was put on; undefined where it is not on, or nobody knows who did it. */
export function labelOccasion(events: readonly GithubIssueEvent[], label: string): LabelOccasion | undefined {
  const isAbout = ({ event, label: about }: GithubIssueEvent): boolean =>
    (event === 'labeled' || event === 'unlabeled') && about?.name?.toLowerCase() === label.toLowerCase();
  const at = events.findLastIndex(isAbout);
  const last = events[at];
  if (last?.event !== 'labeled' || !last.actor) return undefined;
  const renamed = events.slice(at + 1).find(({ event }) => event === 'renamed');
  return {
    eventId: last.id,
    actor: last.actor,
    at: new Date(last.created_at),
    ...(renamed?.rename ? { formerTitle: renamed.rename.from } : {}),
  };
}
