import { BODY_LIMITS, visibleText, visibleTitle } from './visible-text.js';

/** What somebody wrote at GitHub, with when it was made and last changed. */
export interface Written {
  authorId: number;
  body: string | null;
  createdAt: Date;
  updatedAt: Date;
}

export interface IssueAtTrigger {
  title: string;
  body: string | null;
  /** When somebody who may ask did ask. */
  triggeredAt: Date;
  comments: readonly Written[];
  /** Authors whose words count. */
  heardIds: ReadonlySet<number>;
}

export interface TaskText {
  title: string;
  body: string;
  comments: readonly { authorId: number; text: string }[];
  /** What was left out, so that it can be said. */
  leftOut: { later: number; edited: number; strangers: number; tooMany: number };
}

const MOST_COMMENTS = 30;
const COMMENT_LIMITS = { characters: 8000 };

/**
 * The words that a task works with: as they stood when it was asked for, of people who are heard, and only what is seen of
 * them. A comment that was changed afterwards is left out, because nobody knows how it stood.
 */
export function textAtTrigger(issue: IssueAtTrigger): TaskText {
  const { comments, heardIds, triggeredAt } = issue;
  const heard = comments.filter(({ authorId }) => heardIds.has(authorId));
  const earlier = heard.filter(({ createdAt }) => createdAt <= triggeredAt);
  const unchanged = earlier.filter(({ updatedAt }) => updatedAt <= triggeredAt);
  const latest = unchanged.slice(-MOST_COMMENTS);
  return {
    title: visibleTitle(issue.title),
    body: visibleText(issue.body ?? '', BODY_LIMITS),
    comments: latest.map(({ authorId, body }) => ({
      authorId,
      text: visibleText(body ?? '', COMMENT_LIMITS),
    })),
    leftOut: {
      strangers: comments.length - heard.length,
      later: heard.length - earlier.length,
      edited: earlier.length - unchanged.length,
      tooMany: unchanged.length - latest.length,
    },
  };
}
