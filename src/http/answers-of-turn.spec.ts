import type { ServerResponse } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { AnswersOfTurn } from './answers-of-turn.js';

describe('the answers of one turn of the event loop', () => {
  const sent: string[] = [];
  const response = { end: (text: string) => void sent.push(text) } as unknown as ServerResponse;
  const answers = new AnswersOfTurn();
  beforeEach(() => void sent.splice(0));

  it('go out together when it ends, in the order in which they were made', async () => {
    answers.end(response, 'one');
    await Promise.resolve();
    answers.end(response, 'two');
    expect(sent).toEqual([]);
    await turn();
    expect(sent).toEqual(['one', 'two']);
  });

  it('go out once', async () => {
    answers.end(response, 'one');
    await turn();
    answers.end(response, 'two');
    await turn();
    await turn();
    expect(sent).toEqual(['one', 'two']);
  });

  it('that are made while others go out go with the next', async () => {
    const asking = { end: () => answers.end(response, 'late') } as unknown as ServerResponse;
    answers.end(asking, 'early');
    answers.end(response, 'two');
    await turn();
    expect(sent).toEqual(['two']);
    await turn();
    expect(sent).toEqual(['two', 'late']);
  });
});
