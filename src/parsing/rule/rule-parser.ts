import { Injectable } from '@nestjs/common';
import { AppError } from '../../errors/app-error.js';
import type { Operation } from '../../integrations/integration.js';
import { IntegrationRegistry } from '../../integrations/integration-registry.js';
import { nearestNames } from '../../errors/nearest-name.js';
import type { Action } from '../action.js';
import { findWritten } from './param-schema.js';
import { readValue } from './param-value.js';
import { ParseError, shown, withSuggestions } from '../parsing.errors.js';
import type { TextParser } from '../text-parser.js';
import { TextReader } from './text-reader.js';

const MOST_DOTS = 32;
const FORM =
  'Write integration.operation name=value …, for example clockify.list_clients workspaceId=64a687e29ae1f428e7ebe303';

/** `integration.operation key=value …`, typed by the operation's schema. Knows nothing but what is written. */
@Injectable()
export class RuleParser implements TextParser {
  constructor(private readonly registry: IntegrationRegistry) {}

  parse(text: string): Action {
    if (!text.isWellFormed()) throw new ParseError('The text has half of a surrogate pair');
    const reader = new TextReader(text);
    reader.skipSpace();
    const start = reader.position;
    const { integration, operation } = this.#readName(reader);
    const found = this.#find(integration, operation, start);
    return { integration, operation, params: readParams(reader, found) };
  }

  #find(integration: string, operation: string, start: number): Operation {
    try {
      return this.registry.getOperation(this.registry.get(integration), operation);
    } catch (error) {
      throw error instanceof AppError ? ParseError.unknownName(error, start) : error;
    }
  }

  #readName(reader: TextReader): { integration: string; operation: string } {
    const { position } = reader;
    const name = reader.readWord();
    const dot = name.indexOf('.');
    if (dot > 0 && dot < name.length - 1 && !name.includes('=')) {
      return { integration: name.slice(0, dot), operation: name.slice(dot + 1) };
    }
    const all = this.registry.integrations.flatMap((i) => i.operations().map((o) => `${i.name}.${o.name}`));
    const suggestions = name.length > 2 ? nearestNames(name, all) : [];
    const message = name === '' ? 'The text is empty' : `Position ${position} does not name an operation`;
    throw new ParseError(`${withSuggestions(message, suggestions)}. ${FORM}`, { position, suggestions });
  }
}

function readParams(reader: TextReader, operation: Operation): Record<string, unknown> {
  const params: Record<string, unknown> = {};
  for (reader.skipSpace(); !reader.isAtEnd; reader.skipSpace()) readAssignment(reader, operation, params);
  return params;
}

function readAssignment(reader: TextReader, operation: Operation, params: Record<string, unknown>): void {
  const start = reader.position;
  const key = reader.readWord('=');
  const path = key.split('.');
  if (reader.next !== '=' || path.includes('')) {
    throw new ParseError(
      `Expected name=value at position ${start}, not ${shown(key)}; a value with spaces stands in quotes`,
      { position: start },
    );
  }
  if (path.includes('__proto__') || path.length > MOST_DOTS) {
    throw new ParseError(`The name at position ${start} is not accepted`, { position: start });
  }
  const param = findWritten(operation.params, key);
  if (param.kind === 'unknown') throw unknownParam(path, start, param);
  reader.position++;
  put(params, path, { start, value: readValue(reader, { name: key, param, root: operation.params }) });
}

function unknownParam(
  path: readonly string[],
  start: number,
  { at, names }: { at: number; names: readonly string[] },
): ParseError {
  const before = path.slice(0, at);
  const suggestions = nearestNames(path[at] ?? '', new Set(names)).map((name) => [...before, name].join('.'));
  const position = start + before.reduce((length, part) => length + part.length + 1, 0);
  return new ParseError(
    withSuggestions(
      `There is no parameter ${shown(path.slice(0, at + 1).join('.'))} at position ${position}`,
      suggestions,
    ),
    { position, suggestions },
  );
}

/** Sets a value deep inside, making objects on the way. What was said once is not overwritten. */
function put(
  params: Record<string, unknown>,
  path: readonly string[],
  { start, value }: { start: number; value: unknown },
): void {
  let node = params;
  for (const name of path.slice(0, -1)) {
    if (!Object.hasOwn(node, name)) node[name] = {};
    const inner = node[name];
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) throw twice(path, start);
    node = inner as Record<string, unknown>;
  }
  const last = path.at(-1) ?? '';
  if (Object.hasOwn(node, last)) throw twice(path, start);
  node[last] = value;
}

function twice(path: readonly string[], position: number): ParseError {
  return new ParseError(`${shown(path.join('.'))} at position ${position} was given already`, { position });
}
