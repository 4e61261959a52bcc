import { exampleRequest, type ExampleRequest } from './examples.ts';
import type { Route } from './openapi-document.ts';

/** The requests of a tag as VS Code's REST Client and JetBrains' HTTP Client run them. */
export function httpFile(tag: string, routes: Route[]): string {
  const requests = routes.map((route) => exampleRequest(route));
  const variables = variablesOf(requests);
  return [
    `# Clankerbot, ${tag}. Made by npm run docs:api from the OpenAPI document; set the variables, then send.`,
    ...variables.map((name) => `@${name} = ${VALUES[name] ?? ''}`),
    '',
    ...requests.map(requestText),
  ].join('\n');
}

export const VALUES: Record<string, string> = { baseUrl: 'http://localhost:8000' };

export function variablesOf(requests: ExampleRequest[]): string[] {
  const used = [
    ...JSON.stringify(requests.map(({ path, headers }) => [path, headers])).matchAll(/\{\{(\w+)\}\}/g),
  ];
  const key = requests.some(({ isKeyNeeded }) => isKeyNeeded) ? ['apiKey'] : [];
  return [...new Set(['baseUrl', ...key, ...used.map((match) => match[1] ?? '')])];
}

function requestText(request: ExampleRequest): string {
  const query = request.query
    .filter(({ isUsed }) => isUsed)
    .map(({ name, value }) => `${name}=${encodeURIComponent(value)}`);
  return [
    `### ${request.name}`,
    `${request.method} {{baseUrl}}${request.path}${query.length > 0 ? `?${query.join('&')}` : ''}`,
    ...(request.isKeyNeeded ? ['Authorization: Bearer {{apiKey}}'] : []),
    ...request.headers.filter(({ isUsed }) => isUsed).map(({ name, value }) => `${name}: ${value}`),
    ...(request.body === undefined
      ? []
      : ['Content-Type: application/json', '', JSON.stringify(request.body, null, 2)]),
    '',
  ].join('\n');
}
