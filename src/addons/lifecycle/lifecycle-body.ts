import type { JsonObject } from '../../sources/webhook-source.js';

export interface BodyFault {
  path: string;
  message: string;
}

export interface GivenWebhook {
  path: string;
  authToken: string;
}

/** Of a lifecycle call, what there is of it; faults name the fields that are of no use. */
export interface LifecycleBody {
  workspaceId: string | undefined;
  addonId: string | undefined;
  authToken: string | undefined;
  apiUrl: string | undefined;
  status: string | undefined;
  /** As they came; undefined where nothing was said of them. */
  settings: unknown;
  webhooks: readonly GivenWebhook[];
}

const LONGEST_ID = 200;
const LONGEST_TOKEN = 8_192;
const WEBHOOKS_MAX = 100;

/** Reads both spellings of names: Clockify's, and that of the predecessors. */
export function readLifecycleBody(body: JsonObject): LifecycleBody {
  return {
    workspaceId: textOf(body, ['workspaceId', 'workspace_id'], LONGEST_ID),
    addonId: textOf(body, ['addonId', 'addon_id'], LONGEST_ID),
    authToken: textOf(body, ['authToken', 'auth_token'], LONGEST_TOKEN),
    apiUrl: textOf(body, ['apiUrl', 'api_url'], LONGEST_TOKEN),
    status: textOf(body, ['status'], LONGEST_ID),
    settings: own(body, 'settings'),
    webhooks: webhooksIn(own(body, 'webhooks')),
  };
}

/** What has to be there and is not, or is no text of a reasonable length. */
export function missingFields(body: LifecycleBody, names: readonly (keyof LifecycleBody)[]): BodyFault[] {
  return names
    .filter((name) => body[name] === undefined)
    .map((path) => ({ path, message: `${path} must be a text that is not empty` }));
}

/** Clockify sends a full address or a path, the latter also with a slash too many. */
export function webhookPath(text: string): string {
  const path = URL.parse(text)?.pathname ?? text.split(/[?#]/, 1)[0] ?? '';
  const plain = `/${path}`.replaceAll(/\/{2,}/g, '/').replace(/(?<=.)\/$/, '');
  const at = plain.indexOf('/webhooks/');
  return at < 0 ? plain : plain.slice(at);
}

function webhooksIn(value: unknown): GivenWebhook[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, WEBHOOKS_MAX).flatMap((webhook: unknown) => {
    if (typeof webhook !== 'object' || webhook === null) return [];
    const authToken = textOf(webhook as JsonObject, ['authToken', 'auth_token'], LONGEST_TOKEN);
    const path = textOf(webhook as JsonObject, ['path'], LONGEST_TOKEN);
    return authToken === undefined || path === undefined ? [] : [{ path: webhookPath(path), authToken }];
  });
}

function textOf(body: JsonObject, names: readonly string[], longest: number): string | undefined {
  const value = names.map((name) => own(body, name)).find((found) => found !== undefined);
  return typeof value === 'string' && value !== '' && value.length <= longest ? value : undefined;
}

function own(body: JsonObject, name: string): unknown {
  return Object.hasOwn(body, name) ? body[name] : undefined;
}
