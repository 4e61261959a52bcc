import { Composer, type CST, type Document, isScalar, Lexer, Parser, visit } from 'yaml';
import { AppError } from '../errors/app-error.js';
import { checkJson, decodeUtf8, type JsonLimits } from './json-body.js';

const YAML_TYPE = /^\s*(application|text)\/(x-)?yaml\s*(;|$)/i;
/** YAML's parser is much slower than JSON's, and aliases let a small text mean a huge one. */
const MAX_BYTES = 131_072;
/** What takes the time is not the text but its marks: each takes some five microseconds, and a byte can be one. */
const MAX_MARKS = 30_000;
const MAX_ALIASES = 100;

export function isYaml(contentType: string | undefined): boolean {
  return contentType !== undefined && YAML_TYPE.test(contentType);
}

/** Bytes to the JSON value that a YAML document means, or a validation_error that says why not. */
export function parseYamlBody(bytes: Uint8Array, limits: JsonLimits): unknown {
  if (bytes.length > MAX_BYTES) {
    throw new AppError('payload_too_large', `A YAML body may have at most ${MAX_BYTES / 1024} KiB`);
  }
  const value = readYaml(decodeUtf8(bytes));
  checkJson(value, limits);
  return value;
}

function readYaml(text: string): unknown {
  const document = composed(text);
  refuseEqualKeys(document);
  try {
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    // Through JSON's text, so that aliases become values of their own.
    return value === undefined ? undefined : (JSON.parse(JSON.stringify(value, refuseNonFinite)) as unknown);
  } catch (cause) {
    throw cause instanceof AppError ? cause : notYaml(cause);
  }
}

/** Up to the first fault only: there may be one at each byte, and each would be an Error with its stack. */
function composed(text: string): Document {
  // Schema "core" without further tags: no dates, no bytes, no sets, nothing that JSON does not have. What the library
  // does to find equal keys takes the square of the text's length.
  const options = { resolveKnownTags: false, stringKeys: true, uniqueKeys: false, merge: false };
  const composer = new Composer({ schema: 'core', ...options });
  // A tag that nobody knows is a warning, and its value another one than was meant.
  let fault: AppError | undefined;
  composer['onError'] = (source: Place, _code: string, message: string) => {
    // The library catches it within a list or map and reports it once more, as a fault of that.
    throw (fault ??= notYaml(new Error(message), { position: positionOf(source) }));
  };
  const [document, second] = composer.compose(tokensOf(text), true, text.length);
  if (!document || second) throw notYaml(new Error('There are several documents'));
  return document;
}

function* tokensOf(text: string): Generator<CST.Token> {
  const parser = new Parser();
  let marks = 0;
  for (const lexeme of new Lexer().lex(text)) {
    if (++marks > MAX_MARKS) {
      throw new AppError('payload_too_large', `A YAML body may have at most ${MAX_MARKS} marks and values`);
    }
    for (const token of parser.next(lexeme)) {
      if (token.type === 'error') throw notYaml(new Error(token.message), { position: token.offset });
      yield token;
    }
  }
  yield* parser.end();
}

/** As the library gives it. */
type Place = number | readonly number[] | { offset: number };

function positionOf(source: Place): number | null {
  if (typeof source === 'number') return source;
  return 'offset' in source ? source.offset : (source[0] ?? null);
}

function refuseEqualKeys(document: Document): void {
  visit(document, {
    Map(_key, map) {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) {
          throw notYaml(new Error('A key is given twice'), { position: key.range?.[0] ?? null });
        }
        seen.add(key.value);
      }
    },
  });
}

/** JSON has no word for them and would say null. */
function refuseNonFinite(_key: string, value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new AppError('validation_error', 'The body holds a number that JSON does not know: .inf or .nan');
  return value;
}

function notYaml(cause: unknown, details?: object): AppError {
  return new AppError('validation_error', 'The body is not valid YAML', {
    cause,
    ...(details ? { details } : {}),
  });
}
