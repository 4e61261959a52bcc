import { isScalar, parseDocument, visit, type Document } from 'yaml';
import { AppError } from '../errors/app-error.js';
import { checkJson, decodeUtf8, type JsonLimits } from './json-body.js';

const YAML_TYPE = /^\s*(application|text)\/(x-)?yaml\s*(;|$)/i;
/** Documents that people write by hand; everything else that comes in is JSON. */
const YAML_ROUTES = /^\/flows(\/|$)/;
/** YAML's parser is much slower than JSON's, and aliases let a small text mean a huge one. */
const MAX_BYTES = 131_072;
const MAX_ALIASES = 100;

export function isYamlBody(path: string, contentType: string | undefined): boolean {
  return contentType !== undefined && YAML_TYPE.test(contentType) && YAML_ROUTES.test(path);
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
  // Schema "core" without further tags: no dates, no bytes, no sets, nothing that JSON does not have. What the library
  // does to find equal keys and to word its errors takes the square of the text's length.
  const document = parseDocument(text, {
    schema: 'core',
    resolveKnownTags: false,
    stringKeys: true,
    uniqueKeys: false,
    merge: false,
    prettyErrors: false,
  });
  // A tag that nobody knows is a warning, and its value another one than was meant.
  const [error] = [...document.errors, ...document.warnings];
  if (error) throw notYaml(error, { position: error.pos[0] });
  refuseEqualKeys(document);
  try {
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    // Through JSON's text, so that aliases become values of their own.
    return value === undefined ? undefined : (JSON.parse(JSON.stringify(value, refuseNonFinite)) as unknown);
  } catch (cause) {
    throw cause instanceof AppError ? cause : notYaml(cause);
  }
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
