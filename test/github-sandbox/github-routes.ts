import type { ReceivedRequest } from '../support/http-server.js';
import { faultsBy, fieldsOf, GITHUB_FACTS, type Parameter, type RouteFacts } from './github-facts.js';

export interface Route {
  /** `POST /repos/{owner}/{repo}/issues`, as the operations have it. */
  key: string;
  facts: RouteFacts;
  pattern: RegExp;
}

const ROUTES: readonly Route[] = Object.entries(GITHUB_FACTS.routes)
  .map(([key, facts]) => ({ key, facts, pattern: patternOf(facts.path) }))
  // `/issues/comments/5` is a comment, and not the issue `comments`.
  .toSorted((a, b) => placesIn(a.key) - placesIn(b.key));

export function routeOf({ method, url }: ReceivedRequest, base: string): Route | undefined {
  const path = pathOf(url, base);
  return ROUTES.find(({ key, pattern }) => key.startsWith(`${method} `) && pattern.test(path));
}

/** Everything about a request that GitHub's own document does not allow. */
export function requestFaults({ facts, pattern }: Route, request: ReceivedRequest, base: string): string[] {
  const path = pattern.exec(pathOf(request.url, base))?.groups ?? {};
  const query = Object.fromEntries(new URL(request.url, 'http://github').searchParams);
  return [
    ...placed('path', facts, decoded(path)),
    ...placed('query', facts, query),
    ...bodyFaults(facts, request.body.toString('utf8')),
  ];
}

function placed(
  place: Parameter['in'],
  facts: RouteFacts,
  given: Readonly<Record<string, string>>,
): string[] {
  const known = facts.parameters.filter((parameter) => parameter.in === place);
  const unknown = Object.keys(given).filter((name) => !known.some((parameter) => parameter.name === name));
  return [
    ...unknown.map((name) => `${place} ${name} is not known to GitHub`),
    ...known.flatMap(({ name, required, schema }) => {
      const value = given[name];
      if (value === undefined) return required ? [`${place} ${name} is missing`] : [];
      return faultsBy(schema, typed(value, schema)).map((fault) => `${place} ${name}${fault}`);
    }),
  ];
}

function bodyFaults({ body: schema }: RouteFacts, text: string): string[] {
  if (text === '') return [];
  if (!schema) return ['a body is not known to GitHub'];
  const body = JSON.parse(text) as Record<string, unknown>;
  const known = fieldsOf(schema);
  return [
    ...Object.keys(body)
      .filter((name) => !known.includes(name))
      .map((name) => `body ${name} is not known to GitHub`),
    ...faultsBy(schema, body).map((fault) => `body${fault}`),
  ];
}

function typed(value: string, schema: Readonly<Record<string, unknown>>): unknown {
  const types = [
    schema['type'],
    ...((schema['oneOf'] as { type: string }[] | undefined) ?? []).map((s) => s.type),
  ];
  if (types.includes('integer') && /^\d+$/.test(value)) return Number(value);
  if (types.includes('boolean')) return value === 'true';
  return value;
}

function pathOf(url: string, base: string): string {
  const { pathname } = new URL(url, 'http://github');
  return pathname.startsWith(base) ? pathname.slice(base.length) : '';
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`);
}

function placesIn(key: string): number {
  return key.split('{').length;
}

function decoded(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, decodeURIComponent(value)]));
}
