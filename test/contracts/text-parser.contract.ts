import type { Action } from '../../src/parsing/action.js';
import { ParseError } from '../../src/parsing/parsing.errors.js';
import type { TextParser } from '../../src/parsing/text-parser.js';

export const CONTEXT = { requestId: 'test', timeZone: 'Europe/Paris' };

interface Subject {
  parser: TextParser;
  /** A text that this parser understands, and what it means. */
  understood: { text: string; action: Action };
  /** Texts that it must refuse. */
  refused: readonly string[];
}

/** What every TextParser promises. */
export function describeTextParser(
  name: string,
  start: () => Promise<Subject>,
  stop?: () => Promise<void>,
): void {
  describe(`${name}, as a text parser`, () => {
    let subject: Subject;
    beforeAll(async () => {
      subject = await start();
    });
    afterAll(async () => stop?.());

    it('answers the action that a text means', async () => {
      const { text, action } = subject.understood;
      expect(await subject.parser.parse(text, CONTEXT)).toEqual(action);
    });

    it('refuses with its own error and a reason, never with another', async () => {
      for (const text of ['', ' ', '\ud800', 'x'.repeat(50_000), '{"a":', '\0', ...subject.refused]) {
        const refusal: unknown = await (async () => subject.parser.parse(text, CONTEXT))().then(
          () => 'understood',
          (error: unknown) => error,
        );
        expect(refusal).toBeInstanceOf(ParseError);
        expect((refusal as ParseError).message).not.toBe('');
      }
    });
  });
}
