import type { Action } from './action.js';

export interface ParseContext {
  requestId: string;
  /** Where "yesterday at 9" is said. */
  timeZone: string;
  /** Nobody named the zone, so that the account's own goes before it. */
  isZoneAssumed?: boolean;
}

/** Text to Action. Promises an action whose operation exists, or a ParseError that gives the reason; nothing else. */
export interface TextParser {
  parse(text: string, context: ParseContext): Action | Promise<Action>;
}
