import type { RequestPreview } from '../integrations/integration.js';
import { createRedactor } from '../observability/redaction.js';

const redact = createRedactor([]);

/** A request as its caller may see it: an address from the configuration can have a password in it. */
export function shownRequest(preview: RequestPreview): RequestPreview {
  return { ...preview, url: redact(preview.url) };
}
