import { textAtTrigger, type Written } from './text-at-trigger.js';

const at = (minute: number): Date => new Date(Date.UTC(2026, 10, 30, 12, minute));
const comment = (authorId: number, created: number, updated = created): Written => ({
  authorId,
  body: `by ${authorId} at ${created} <!-- HIDDEN -->`,
  createdAt: at(created),
  updatedAt: at(updated),
});

describe('the text of a task', () => {
  const issue = {
    title: 'It does not\u200b load',
    body: 'See ![HIDDEN](x.png)',
    triggeredAt: at(30),
    heardIds: new Set([1, 2]),
  };

  it('is what people who are heard had written when it was asked for, as it is seen', () => {
    const comments = [comment(1, 10), comment(3, 11), comment(2, 12, 40), comment(2, 20, 25), comment(1, 31)];
    expect(textAtTrigger({ ...issue, comments })).toEqual({
      title: 'It does not load',
      body: 'See [image]',
      comments: [
        { authorId: 1, text: 'by 1 at 10' },
        { authorId: 2, text: 'by 2 at 20' },
      ],
      leftOut: { strangers: 1, edited: 1, later: 1, tooMany: 0 },
    });
  });

  it('has the latest thirty comments, and says how many it left out', () => {
    const comments = Array.from({ length: 35 }, (_, i) => comment(1, 0, i % 30));
    const { comments: kept, leftOut } = textAtTrigger({ ...issue, comments });
    expect([kept.length, leftOut.tooMany]).toEqual([30, 5]);
  });

  it('may be empty', () => {
    expect(textAtTrigger({ ...issue, body: null, comments: [] })).toMatchObject({ body: '', comments: [] });
  });
});
