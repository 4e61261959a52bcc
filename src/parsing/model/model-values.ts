import type { JsonSchema, Params } from '../../integrations/integration.js';
import type { Fault } from '../../errors/fault.js';
import { wordsOf } from './operation-words.js';
import { findParam, itemsOf, propertyOf, resolveSchema } from '../rule/param-schema.js';
import { type Found, findName, NOT_SAID } from './said-name.js';
import type { Place, SaidText } from './said-text.js';
import { deedOf } from './said-words.js';
import { isIdName } from '../time-fields.js';

/** Values of a call as the text has them, and which fields they are of; or what is wrong with them. */
export interface PlacedValues {
  params: Params;
  fields: ReadonlySet<string>;
  faults: readonly Fault[];
}

interface Leaf {
  field: string;
  schema: JsonSchema;
}

const DEEPEST = 32;
const NEGATIONS = new Set(['not', 'non', 'no', 'never', 'without', "isn't"]);
const OPPOSITES: Readonly<Record<string, string>> = { privat: 'public', activ: 'archiv' };

/**
 * Finds each value of a call in the text, as whole words at a place that no other value has, and takes it as the text
 * writes it. What a model adds of its own is a fault, whether a rate, an id or a flag.
 */
export class ModelValues {
  readonly #faults: Fault[] = [];
  readonly #fields = new Set<string>();

  constructor(
    private readonly root: JsonSchema,
    private readonly operation: string,
    private readonly said: SaidText,
  ) {}

  place(args: Params): PlacedValues {
    const params = Object.fromEntries(
      Object.entries(args).map(([name, value]) => {
        const found = findParam(this.root, [name]);
        const schema = found.kind === 'known' ? found.schema : {};
        return [name, this.#walk(value, { field: name, schema }, [name])];
      }),
    );
    return { params, fields: this.#fields, faults: this.#faults };
  }

  #walk(value: unknown, leaf: Leaf, path: readonly string[]): unknown {
    if (value === null || path.length > DEEPEST) return value;
    if (Array.isArray(value)) {
      const schema = itemsOf(leaf.schema, this.root);
      return value.map((item, i) => this.#walk(item, { ...leaf, schema }, [...path, `[${i}]`]));
    }
    if (typeof value !== 'object') return this.#leaf(value, leaf, path);
    return Object.fromEntries(
      Object.entries(value).map(([field, inner]) => {
        const schema = propertyOf(leaf.schema, field, this.root) ?? {};
        return [field, this.#walk(inner, { field, schema }, [...path, field])];
      }),
    );
  }

  #leaf(value: unknown, leaf: Leaf, path: readonly string[]): unknown {
    const found = this.#find(value, leaf);
    if ('fault' in found) {
      this.#faults.push({ path: path.join('.').replaceAll('.[', '['), message: found.fault });
      return value;
    }
    this.said.used.push(found.place);
    this.#fields.add(leaf.field);
    return typeof value === 'string' ? found.value : value;
  }

  #find(value: unknown, { field, schema }: Leaf): Found {
    if (typeof value === 'boolean') return findFlag(value, field, this.said);
    if (typeof value === 'number') return findNumber(value, this.said);
    if (typeof value !== 'string') return { fault: NOT_SAID };
    const { format, enum: choices } = resolveSchema(schema, this.root);
    if (Array.isArray(choices)) return findChoice(value, this.said);
    if (isIdName(field)) return this.#findId(value, field);
    const found = findName(value, this.said, format === 'date' || format === 'date-time');
    return 'fault' in found ? found : this.#labelled(found, field);
  }

  /** With several ids in the text each says what it is of, so that no two can change places. */
  #findId(value: string, field: string): Found {
    const token = this.said.ids.find((id) => id.text === value && this.said.isFree(id));
    if (!token) return { fault: 'is an id that is not in the request; leave it out' };
    const label = this.said.labelBefore(token.start);
    const isOther = new Set(this.said.ids.map(({ text }) => text)).size > 1;
    if (label === undefined && isOther)
      return { fault: `cannot be told: say what ${value} is, as in project ${value}` };
    return this.#labelled({ place: token, value }, field);
  }

  /** A name that the text says is a client's is not given to a project. */
  #labelled(found: { place: Place; value: string }, field: string): Found {
    const label = this.said.labelBefore(found.place.start);
    if (label === undefined || this.#namesOf(field).some((name) => label.includes(name))) return found;
    return { fault: `is a ${label[0]} in the request, not this` };
  }

  #namesOf(field: string): readonly string[] {
    const bare = field.replace(/_?ids?$/i, '');
    const singular = bare.replace(/s$/, '');
    const own = wordsOf(this.operation);
    return bare === '' || field === 'name' ? [field, ...own] : [field, bare, singular];
  }
}

function findNumber(value: number, said: SaidText): Found {
  const token = said.tokens.find(
    (t) => /^\d+(\.\d+)?$/.test(t.text) && Number(t.text) === value && isOpen(t, said),
  );
  return token ? { place: token, value: token.text } : { fault: NOT_SAID };
}

function isOpen(place: Place & { isQuoted: boolean }, said: SaidText): boolean {
  return !place.isQuoted && said.isFree(place) && said.timeIn(place) === 'none';
}

/** A choice by its words: IN_PROGRESS is "in progress". */
function findChoice(value: string, said: SaidText): Found {
  const wanted = wordsOf(value).join(' ');
  for (const [i, first] of said.tokens.entries()) {
    for (const last of said.tokens.slice(i, i + 4)) {
      const place = { start: first.start, end: last.end };
      if (wordsOf(said.wordOf(place)).join(' ') === wanted && said.isFree(place)) return { place, value };
    }
  }
  return { fault: NOT_SAID };
}

/** True for "billable", false for "not billable"; nothing where neither is said. */
function findFlag(value: boolean, field: string, said: SaidText): Found {
  const name =
    wordsOf(field)
      .filter((word) => word !== 'is')
      .at(-1) ?? '';
  for (const [i, token] of said.tokens.entries()) {
    const isSaid = flagIn(said.wordAt(i), name);
    // "archive" asks for something; "archived" says how something is.
    if (isSaid === undefined || !isOpen(token, said) || deedOf(said.wordAt(i)) !== undefined) continue;
    const isNegated = NEGATIONS.has(said.wordAt(i - 1));
    if ((isSaid && !isNegated) !== value) return { fault: 'is said otherwise in the request' };
    const start = isNegated ? (said.tokens[i - 1]?.start ?? token.start) : token.start;
    return { place: { start, end: token.end }, value: '' };
  }
  return { fault: NOT_SAID };
}

function flagIn(word: string, name: string): boolean | undefined {
  const parts = wordsOf(word);
  const last = parts.at(-1) ?? '';
  if (last === name) return parts.length === 1;
  return last === `un${name}` || last === `non${name}` || OPPOSITES[last] === name ? false : undefined;
}
