import type { JsonSchema } from '../../integrations/integration.js';
import { checkJson } from '../../http/json-body.js';
import { itemsOf, type ParamSchema, typesOf, type ValueType } from './param-schema.js';
import { ParseError, shown } from '../parsing.errors.js';
import type { TextReader } from './text-reader.js';

export interface ValueOptions {
  /** What the parameter is called in messages. */
  name: string;
  param: ParamSchema;
  root: JsonSchema;
}

const NUMBER = /^-?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;
const JSON_LIMITS = { maxDepth: 64, maxKeys: 50_000 };

const ANYTHING: ReadonlySet<ValueType> = new Set();

/** Reads one value as its schema types it. A schema that permits a string makes every value a string. */
export function readValue(reader: TextReader, { name, param, root }: ValueOptions): unknown {
  const types = param.kind === 'known' ? param.types : ANYTHING;
  const start = reader.position;
  if (types.has('string')) return readString(reader, name);
  if (reader.next === '@') return readJson(reader, name);
  if (types.has('array') && param.kind === 'known') {
    return readList(reader, name, typesOf(itemsOf(param.schema, root), root));
  }
  const isQuoted = reader.isAtQuote;
  const text = readString(reader, name);
  if (types.size === 0) return isQuoted ? text : guess(text);
  return coerce(text, types, { name, start });
}

function readString(reader: TextReader, name: string): string {
  if (!reader.isAtQuote) return reader.readWord();
  const text = reader.readQuoted();
  reader.expectBreak(`the quoted value of ${name}`);
  return text;
}

function readJson(reader: TextReader, name: string): unknown {
  const start = reader.position;
  reader.position++;
  const text = reader.readJsonText();
  reader.expectBreak(`the JSON value of ${name}`);
  try {
    const value: unknown = JSON.parse(text);
    checkJson(value, JSON_LIMITS);
    return value;
  } catch (error) {
    const why = error instanceof SyntaxError ? 'is not valid JSON' : 'is JSON that is not accepted here';
    throw new ParseError(`The value of ${name} at position ${start} ${why}`, { position: start });
  }
}

/** Items between commas; an item with a comma or a space in it stands in quotes. */
function readList(reader: TextReader, name: string, types: ReadonlySet<ValueType>): unknown[] {
  if (reader.isAtBreak) return [];
  const items: unknown[] = [];
  for (;;) {
    const start = reader.position;
    const isQuoted = reader.isAtQuote;
    const text = isQuoted ? reader.readQuoted() : reader.readWord(',');
    if (text === '' && !isQuoted) {
      throw new ParseError(`An item of ${name} is missing at position ${start}`, { position: start });
    }
    if (types.has('string')) items.push(text);
    else if (types.size === 0) items.push(isQuoted ? text : guess(text));
    else items.push(coerce(text, types, { name: `Each item of ${name}`, start }));
    if (reader.next !== ',') break;
    reader.position++;
  }
  reader.expectBreak(`the list ${name}`);
  return items;
}

/** Text to one of the types, none of which is string. */
function coerce(
  text: string,
  types: ReadonlySet<ValueType>,
  { name, start }: { name: string; start: number },
): unknown {
  if (types.has('null') && text === 'null') return null;
  if (types.has('boolean') && (text === 'true' || text === 'false')) return text === 'true';
  if ((types.has('number') || types.has('integer')) && NUMBER.test(text)) {
    const value = Number(text);
    if (Number.isFinite(value) && (types.has('number') || Number.isInteger(value))) return value;
  }
  throw new ParseError(`${name} must be ${wanted(types)} at position ${start}, not ${shown(text)}`, {
    position: start,
  });
}

const WANTED: Readonly<Record<ValueType, string>> = {
  string: 'text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  null: 'null',
  array: 'a list',
  object: 'given field by field (name.field=value) or as JSON (name=@{"field": …})',
};

function wanted(types: ReadonlySet<ValueType>): string {
  return [...types].map((type) => WANTED[type]).join(' or ');
}

/** Where no schema says what is wanted: what is written as JSON writes it, else text. */
function guess(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  if (text === 'null') return null;
  return NUMBER.test(text) && String(Number(text)) === text ? Number(text) : text;
}
