import { endpoint } from '@octokit/endpoint';
import { USER_AGENT } from '../../../config/version.js';
import type { Params } from '../../integration.js';

/** A request to GitHub, without credentials. */
export interface GithubRequest {
  method: string;
  url: string;
  headers: Readonly<Record<string, string>>;
  body?: Params;
}

const HEADERS = {
  accept: 'application/vnd.github+json',
  'x-github-api-version': '2022-11-28',
  'user-agent': USER_AGENT,
};

/** What stands in the route goes into the address, all else into the query of a GET or the body. */
export function githubRequest(baseUrl: string, route: string, params: Params): GithubRequest {
  const { method, url, headers, body } = fill(route, { ...params, baseUrl, headers: HEADERS });
  return {
    method,
    url,
    headers: headers as Record<string, string>,
    ...(body ? { body: { ...(body as object) } } : {}),
  };
}

type Fill = (
  route: string,
  options: Params,
) => { method: string; url: string; headers: object; body?: unknown };

/** Its own types know each route by itself, of which there are more than a thousand. */
const fill = endpoint as unknown as Fill;
