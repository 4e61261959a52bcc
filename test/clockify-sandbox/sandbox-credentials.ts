import type { IncomingHttpHeaders } from 'node:http';
import type { Entity } from './sandbox-entity.js';
import { denied, SandboxRefusal } from './sandbox-refusal.js';

export interface SandboxCredentials {
  /** Users by their API key. */
  apiKeys: ReadonlyMap<string, Entity>;
  /** Users that installation tokens act as. */
  addonTokens: ReadonlyMap<string, Entity>;
}

export interface Identity {
  user: Entity;
  /** What rate limits are counted by. */
  credential: string;
}

/** Who calls: exactly one of the two headers, and nothing else, is a credential. */
export function identify(
  headers: IncomingHttpHeaders,
  { apiKeys, addonTokens }: SandboxCredentials,
): Identity {
  const apiKey = headers['x-api-key'];
  const addonToken = headers['x-addon-token'];
  if ((apiKey === undefined) === (addonToken === undefined)) {
    throw new SandboxRefusal(401, 1000, 'Full authentication is required to access this resource');
  }
  if (typeof apiKey === 'string') {
    const user = apiKeys.get(apiKey);
    if (!user) throw new SandboxRefusal(401, 4003, 'Api key does not exist');
    return { user, credential: apiKey };
  }
  const user = addonTokens.get(String(addonToken));
  if (!user) throw new SandboxRefusal(401, 4017, 'Addon token is not valid');
  return { user, credential: String(addonToken) };
}

/** Installation tokens belong to one workspace and may not ask for the list of them. */
export function refuseToAddons(headers: IncomingHttpHeaders, operationId: string): void {
  const isAddon = headers['x-addon-token'] !== undefined;
  if (isAddon && (operationId === 'getWorkspacesOfUser' || operationId === 'createWorkspace')) throw denied();
}
