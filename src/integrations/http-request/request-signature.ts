import { createHmac } from 'node:crypto';

export interface SignedParts {
  method: string;
  url: string;
  timestampSeconds: number;
  body: Buffer;
}

/** `t=1730000000,v1=<hex>`: HMAC-SHA256 over METHOD, URL, timestamp and body, a line each. */
export function signRequest(secret: string, { method, url, timestampSeconds, body }: SignedParts): string {
  const mac = createHmac('sha256', secret)
    .update(`${method}\n${url}\n${timestampSeconds}\n`)
    .update(body)
    .digest('hex');
  return `t=${timestampSeconds},v1=${mac}`;
}
