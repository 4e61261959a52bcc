import type { Host, IndexedOperation } from '../../src/integrations/clockify/operations/operation-index.js';
import { noRoute, wrongMethod } from './sandbox-refusal.js';

interface Node {
  literals: Map<string, Node>;
  parameter: Node | undefined;
  operations: Map<string, IndexedOperation>;
}

export interface Route {
  operation: IndexedOperation;
  path: Record<string, string>;
}

/** Each host has a prefix of its own, so that a client that mixes hosts up is refused; without one all are there. */
const PREFIXES: readonly (readonly [string, Host])[] = [
  ['/api/', 'core'],
  ['/report/', 'reports'],
  ['/audit/', 'audit'],
];

/** Finds the operation for a method and path; text in a path goes before a parameter. */
export class SandboxRoutes {
  readonly #root = emptyNode();

  constructor(operations: readonly IndexedOperation[]) {
    for (const operation of operations) this.#add(operation);
  }

  find(method: string, fullPath: string): Route {
    const prefix = PREFIXES.find(([text]) => fullPath.startsWith(text));
    const path = prefix ? fullPath.slice(prefix[0].length - 1) : fullPath;
    const values: string[] = [];
    const node = this.#walk(path, values);
    const found = node && [...node.operations.values()].filter((o) => !prefix || o.host === prefix[1]);
    if (!found || found.length === 0) throw noRoute(path);
    const operation = found.find((candidate) => candidate.method === method);
    if (!operation)
      throw wrongMethod(
        method,
        found.map((candidate) => candidate.method),
      );
    const names = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');
    return { operation, path: Object.fromEntries(names.map((name, i) => [name, values[i] ?? ''])) };
  }

  #walk(path: string, values: string[]): Node | undefined {
    let node: Node | undefined = this.#root;
    for (const segment of path.split('/').slice(1)) {
      const literal: Node | undefined = node.literals.get(segment);
      if (!literal) values.push(decode(segment));
      node = literal ?? (segment === '' ? undefined : node.parameter);
      if (!node) return undefined;
    }
    return node;
  }

  #add(operation: IndexedOperation): void {
    let node = this.#root;
    for (const segment of operation.path.split('/').slice(1)) {
      if (segment.startsWith('{')) node = node.parameter ??= emptyNode();
      else {
        const next = node.literals.get(segment) ?? emptyNode();
        node.literals.set(segment, next);
        node = next;
      }
    }
    node.operations.set(operation.method, operation);
  }
}

function emptyNode(): Node {
  return { literals: new Map(), parameter: undefined, operations: new Map() };
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
