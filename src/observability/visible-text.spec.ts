import { createLogger } from './logger.js';
import type { ObservabilityConfig } from './observability.config.js';

/** What hides, turns the direction, or commands a terminal: as text, so that this file has none of them. */
const HOSTILE = [
  '\u0085',
  '\u009b',
  '\u007f',
  '\u061c',
  '\u200b',
  '\u200f',
  '\u2028',
  '\u202e',
  '\u2066',
  '\u2069',
  '\ufeff',
];

describe.each([true, false])('a line of the log with LOG_JSON=%s', (isJson) => {
  const written = (text: string): string => {
    const lines: string[] = [];
    const config = { LOG_JSON: isJson, LOG_LEVEL: 'info' } as ObservabilityConfig;
    createLogger(config, [], { write: (line: string) => void lines.push(line) }).info({ path: text }, text);
    return lines.join('');
  };

  it.each(HOSTILE)('has no character that changes how it looks (%j)', (character) => {
    const line = written(`/user${character}admin`);
    expect(line).not.toContain(character);
    expect(line).toContain(`\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
  });

  it('keeps what people write', () => {
    expect(written('Zürich – 東京 – عمان – 😀')).toContain('Zürich – 東京 – عمان – 😀');
  });
});
