import type { Params } from '../integrations/integration.js';
import type { SecretPlace } from '../secrets/secret-place.js';

/** What somebody wants done: which operation of which integration, with what. */
export interface Action {
  integration: string;
  operation: string;
  params: Params;
  /** Where in the params secrets stand. Whatever else looks like one is text. */
  secrets?: readonly SecretPlace[];
}

/** Who understood the text: the rules, the model, or the rules after the model could not. */
export type ParserName = 'rule' | 'llm' | 'fallback';

export interface ParsedAction extends Action {
  parser: ParserName;
}
