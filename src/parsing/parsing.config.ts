import { TimeZone } from '../clock/time-zone.js';
import { type ConfigOf, defineSection, type Parsed } from '../config/variable.js';
import { integer, secret, text, url, variable } from '../config/variables.js';

function parseTimeZone(value: string): Parsed<string> {
  return TimeZone.find(value) ? { value } : { mistake: 'must be a time zone such as Europe/Paris or UTC' };
}

export const parsingConfig = defineSection('parsing', {
  DEEPSEEK_API_KEY: secret({
    about:
      'Key for the model that reads natural language (`llm=true`), whoever serves it. Unset: `llm=true` falls back to the rule parser at once.',
  }),
  LLM_BASE_URL: url({
    about: 'Base URL of an OpenAI-compatible API; requests go to its /chat/completions.',
    default: 'https://api.deepseek.com',
  }),
  LLM_MODEL: text({ about: 'Name of the model to ask.', default: 'deepseek-v4-flash' }),
  LLM_TIMEOUT_MS: integer({
    about: 'Longest time one text may spend with the model, all tries and the repair together.',
    default: 20_000,
    min: 100,
    max: 120_000,
  }),
  DEFAULT_TIME_ZONE: variable<string>({
    kind: 'time zone',
    about:
      'Zone in which "yesterday at 9" is understood where neither the request names one nor the account has one.',
    defaultText: 'UTC',
    fallback: 'UTC',
    parse: parseTimeZone,
  }),
});

export type ParsingConfig = ConfigOf<typeof parsingConfig>;
