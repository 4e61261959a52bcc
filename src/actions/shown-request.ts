import type { RequestPreview } from '../integrations/integration.js';
import { createRedactor } from '../observability/redaction.js';
import { placeholderOf } from '../secrets/secret-place.js';

const redact = createRedactor([]);

/** The place of a secret as URLs write it, in a path or in a query. */
const ENCODED_PLACE = /%7B%7B(?:%20|\+)secrets\.([a-z][a-z0-9_]{0,63})(?:%20|\+)%7D%7D/gi;

/** A request as its caller may see it: an address from the configuration can have a password in it. */
export function shownRequest(preview: RequestPreview): RequestPreview {
  const url = redact(preview.url).replace(ENCODED_PLACE, (_all, name: string) => placeholderOf(name));
  return { ...preview, url };
}
