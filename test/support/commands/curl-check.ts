import { type PostmanCollection, readPostmanCollection } from '../http-client-files.js';
import { options, valuesOf } from './options.js';
import { readText, unless } from './repository.js';

let routes: { method: string; pattern: RegExp }[] | undefined;

function knownRoutes(): { method: string; pattern: RegExp }[] {
  const collection = JSON.parse(readText('docs/clankerbot.postman_collection.json')) as PostmanCollection;
  return (routes ??= readPostmanCollection(collection).map(({ method, url }) => ({
    method,
    pattern: new RegExp(
      `^${url
        .replace('{{baseUrl}}', '')
        .replace(/\?.*/, '')
        .replace(/\{\{\w+\}\}/g, '[^/]+')
        .replace(/(integrations|operations|webhooks)\/\w+/g, '$1/[^/]+')}$`,
    ),
  })));
}

/** Ours are on this machine, or at a host that stands for the reader's own. */
const OUR_HOST = /^(localhost:8000|127\.0\.0\.1:8000|your-host|[a-z.-]*example\.com|clankerbot[a-z.]*:8000)$/;
const OTHER_HOSTS = new Set([
  'api.deepseek.com',
  'api.clockify.me',
  'slack.com',
  '127.0.0.1:9090',
  'localhost:9090',
]);
const DOCUMENTS = /^\/(docs|openapi\.(json|yaml))$/;

export function curl(args: string[]): string[] {
  const withValue = [
    '-X',
    '-H',
    '-d',
    '--data',
    '--data-binary',
    '-o',
    '-w',
    '-m',
    '-u',
    '--max-time',
    '--resolve',
    '--retry',
  ];
  const { values, rest } = options(args, withValue);
  const [address = ''] = rest;
  if (rest.length !== 1 || !/^https?:\/\//.test(address)) return [`asks for ${rest.join(' ')}`];
  const url = new URL(address);
  const data = valuesOf(values, '-d', '--data', '--data-binary');
  const method = valuesOf(values, '-X')[0] ?? (data.length > 0 ? 'POST' : 'GET');
  const faults = data.flatMap((text) => jsonFaults(text));
  if (OTHER_HOSTS.has(url.host)) return faults;
  if (!OUR_HOST.test(url.host)) return [...faults, `nobody knows the host ${url.host}`];
  const isRoute =
    DOCUMENTS.test(url.pathname) ||
    knownRoutes().some((route) => route.method === method && route.pattern.test(url.pathname));
  return [...faults, ...unless(isRoute, `there is no route ${method} ${url.pathname}`)];
}

function jsonFaults(text: string): string[] {
  if (!/^\s*[[{]/.test(text)) return [];
  try {
    JSON.parse(text);
    return [];
  } catch (error) {
    return [`its body is no JSON: ${(error as Error).message}`];
  }
}
