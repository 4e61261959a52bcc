import { folded } from './fold.js';
import { keyOf, tokensOf } from './tokens.js';

export type NameKind = 'client' | 'project' | 'task' | 'tag' | 'user';

/** Something of a workspace that has a name. */
export interface Entity {
  kind: NameKind;
  id: string;
  name: string;
  archived?: boolean;
  /** Of a project: whose it is. */
  clientId?: string;
  /** Of a task: where it belongs. */
  projectId?: string;
}

/** The names of one workspace. Keys are words as `keyOf` writes them. */
export interface Names {
  /** Everything that is called exactly this. */
  named(key: string): readonly Entity[];
  /** How many words the longest name has that begins with this one. */
  longestFrom(firstWord: string): number;
  /** What is in use and begins like this: all of it, if it is not more than `most`. */
  beginningWith(prefix: string, most: number): readonly Entity[];
  /** What is in use and is spelled most like this. */
  nearest(key: string, most: number): readonly Entity[];
  byId(id: string): Entity | undefined;
}

interface Keyed {
  key: string;
  entity: Entity;
}

/** All names in memory, in the order of the alphabet. */
export class NameIndex implements Names {
  readonly #byKey = new Map<string, Entity[]>();
  readonly #byId = new Map<string, Entity>();
  readonly #longest = new Map<string, number>();
  readonly #byPair = new Map<string, number[]>();
  readonly #sorted: Keyed[];

  constructor(entities: readonly Entity[]) {
    const keyed = entities.map((entity) => this.#add(entity));
    this.#sorted = keyed
      .filter(({ entity }) => entity.archived !== true)
      .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
    for (const [index, { key }] of this.#sorted.entries())
      for (const pair of pairsOf(key)) append(this.#byPair, pair, index);
  }

  named(key: string): readonly Entity[] {
    return this.#byKey.get(key) ?? [];
  }

  longestFrom(firstWord: string): number {
    return this.#longest.get(firstWord) ?? 0;
  }

  byId(id: string): Entity | undefined {
    return this.#byId.get(id);
  }

  beginningWith(prefix: string, most: number): readonly Entity[] {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sorted[middle]?.key ?? '') < prefix) low = middle + 1;
      else high = middle;
    }
    const found = this.#sorted.slice(low, low + most + 1).filter(({ key }) => key.startsWith(prefix));
    return found.map(({ entity }) => entity);
  }

  nearest(key: string, most: number): readonly Entity[] {
    const wanted = pairsOf(key);
    const shared = new Map<number, number>();
    for (const pair of wanted)
      for (const index of (this.#byPair.get(pair) ?? []).slice(0, MOST_OF_PAIR))
        shared.set(index, (shared.get(index) ?? 0) + 1);
    return [...shared]
      .map(([index, count]) => {
        const found = this.#sorted[index] as Keyed;
        return { entity: found.entity, likeness: (2 * count) / (wanted.size + found.key.length + 1) };
      })
      .filter(({ likeness }) => likeness >= LEAST_LIKENESS)
      .sort((a, b) => b.likeness - a.likeness)
      .slice(0, most)
      .map(({ entity }) => entity);
  }

  #add(entity: Entity): Keyed {
    const tokens = tokensOf(entity.name);
    const key = keyOf(tokens);
    append(this.#byKey, key, entity);
    this.#byId.set(entity.id, entity);
    const first = tokens[0]?.folded ?? '';
    this.#longest.set(first, Math.max(this.#longest.get(first) ?? 0, tokens.length));
    return { key, entity };
  }
}

const LEAST_LIKENESS = 0.45;
const MOST_OF_PAIR = 2_000;

/** Every two letters that stand beside each other, the ends of the word among them. */
function pairsOf(key: string): Set<string> {
  const text = ` ${key} `;
  const pairs = new Set<string>();
  for (let at = 0; at < text.length - 1; at++) pairs.add(text.slice(at, at + 2));
  return pairs;
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const known = map.get(key);
  if (known) known.push(value);
  else map.set(key, [value]);
}

/** How a name would be typed in search of it. */
export function nameKey(name: string): string {
  return keyOf(tokensOf(folded(name)));
}
