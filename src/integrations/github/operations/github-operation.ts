import type { JsonSchema, Operation, Params } from '../../integration.js';

export interface GithubOperation extends Operation {
  /** `POST /repos/{owner}/{repo}/issues`, in GitHub's own words. */
  readonly route: string;
  /** Whether a second identical call changes nothing more, so that a broken connection may be tried again. */
  readonly isRepeatable: boolean;
  /** A list that comes in pages: all of them are read where the caller asks for none. */
  readonly isPaged: boolean;
}

interface Description {
  name: string;
  summary: string;
  route: string;
  tags: readonly string[];
  /** What is needed beside the names in the route. */
  required?: readonly string[];
  properties?: JsonSchema;
  example?: Params;
  isCreation?: boolean;
  isRepeatable?: boolean;
  listName?: string;
  more?: JsonSchema;
}

/** An operation that changes something. */
export function write(description: Description): GithubOperation {
  return operation(description, { isWrite: true, isRepeatable: description.isRepeatable ?? false });
}

/** One that reads one thing. */
export function read(description: Description): GithubOperation {
  return operation(description, { isWrite: false, isRepeatable: true });
}

/** One that reads a list, page by page. */
export function list(description: Description & { listName: string }): GithubOperation {
  const properties = { ...description.properties, ...PAGE };
  return { ...read({ ...description, properties }), isPaged: true };
}

const PAGE = {
  per_page: {
    type: 'integer',
    minimum: 1,
    maximum: 100,
    description: 'How many stand on a page; 100 by default',
  },
  page: {
    type: 'integer',
    minimum: 1,
    maximum: 10_000,
    description: 'Only this page; all of them without it',
  },
};

function operation(
  { name, summary, route, tags, ...more }: Description,
  kind: { isWrite: boolean; isRepeatable: boolean },
): GithubOperation {
  const places = [...route.matchAll(/\{(\w+)\}/g)].map((found) => String(found[1]));
  const known = Object.fromEntries(places.map((place) => [place, PLACES[place]]));
  return {
    name,
    summary,
    route,
    tags,
    params: {
      type: 'object',
      properties: { ...known, ...more.properties },
      required: [...places, ...(more.required ?? [])],
      additionalProperties: false,
      ...more.more,
    },
    example: { ...Object.fromEntries(places.map((place) => [place, EXAMPLES[place]])), ...more.example },
    isPaged: false,
    ...kind,
    ...(more.isCreation === undefined ? {} : { isCreation: more.isCreation }),
    ...(more.listName === undefined ? {} : { listName: more.listName }),
  };
}

export const id = { type: 'integer', minimum: 1 };
export const sha = { type: 'string', pattern: '^[0-9a-f]{40}([0-9a-f]{24})?$' };
export const text = (maxLength: number): JsonSchema => ({ type: 'string', maxLength });
export const filled = (maxLength: number): JsonSchema => ({ type: 'string', minLength: 1, maxLength });
/** GitHub refuses more than this in the body of an issue, a pull request or a comment. */
export const markdown = filled(65_536);
export const names = (maxItems: number): JsonSchema => ({ type: 'array', items: filled(100), maxItems });

/** No part of it is `.` or `..`: such a path would lead elsewhere. */
const PATH = '^(?!.*(^|/)\\.{1,2}(/|$))[^/\\u0000-\\u001f\\u007f]+(/[^/\\u0000-\\u001f\\u007f]+)*$';
export const path = { type: 'string', maxLength: 4096, pattern: PATH };

/** What stands in a route. None of it can lead to another route. */
const PLACES: JsonSchema = {
  owner: {
    type: 'string',
    maxLength: 100,
    pattern: '^[A-Za-z0-9][A-Za-z0-9_-]*$',
    description: 'User or organisation',
  },
  repo: { type: 'string', maxLength: 100, pattern: '^(?!\\.{1,2}$)[A-Za-z0-9._-]+$' },
  issue_number: { ...id, description: 'Number of an issue, or of a pull request' },
  pull_number: id,
  comment_id: id,
  review_id: id,
  reaction_id: id,
  check_run_id: id,
  hook_id: id,
  delivery_id: id,
  name: {
    type: 'string',
    minLength: 1,
    maxLength: 100,
    pattern: '^(?!\\.{1,2}$)',
    description: 'Name of a label',
  },
  username: { type: 'string', maxLength: 100, pattern: '^[A-Za-z0-9][A-Za-z0-9_-]*(\\[bot\\])?$' },
  path,
  branch: { ...path, description: 'Name of a branch' },
  ref: { ...path, description: 'A branch, a tag, or the SHA of a commit' },
  sha,
  tree_sha: { ...path, description: 'SHA of a tree, or the name of a branch' },
  file_sha: sha,
  basehead: {
    type: 'string',
    maxLength: 1024,
    pattern: '^(?!\\.)[^\\u0000-\\u0020]+\\.\\.\\.[^\\u0000-\\u0020]+$',
    description: 'BASE...HEAD',
  },
};

const SHA = '6dcb09b5b57875f334f61aebed695e2e4193db5e';
const EXAMPLES: Params = {
  owner: 'acme',
  repo: 'site',
  issue_number: 7,
  pull_number: 8,
  comment_id: 42,
  review_id: 80,
  reaction_id: 5,
  check_run_id: 4,
  hook_id: 12,
  delivery_id: 1234,
  name: 'bug',
  username: 'ann',
  path: 'docs/index.md',
  branch: 'main',
  ref: 'heads/main',
  sha: SHA,
  tree_sha: SHA,
  file_sha: SHA,
  basehead: 'main...topic',
};
