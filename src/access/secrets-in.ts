import type { RequestContext } from '../observability/request-context.js';
import { ForbiddenError } from './access.errors.js';

/** Who names a secret in a request decides where it is sent, as far as its rules let it: that is an admin's to say. */
export function checkSecretsIn(
  { secretsIn }: { secretsIn?: readonly string[] | undefined },
  { caller }: RequestContext,
): void {
  if (secretsIn === undefined || secretsIn.length === 0 || caller?.role === 'admin') return;
  throw ForbiddenError.secretsAreAdmins(caller?.role ?? 'viewer');
}
