import type { Operation, Params } from './integration.js';

const WORKSPACE = 'workspaceId';

/**
 * In which workspace a call happens, by the parameter that its operation has for it; null where it has none, and then the
 * call can be about any.
 */
export function workspaceOf({ params: schema }: Operation, params: Params): string | null {
  const properties = schema['properties'];
  if (typeof properties !== 'object' || properties === null || !Object.hasOwn(properties, WORKSPACE))
    return null;
  const value = Object.hasOwn(params, WORKSPACE) ? params[WORKSPACE] : undefined;
  return typeof value === 'string' ? value : null;
}
