import type { IncomingMessage } from 'node:http';

/**
 * What Node lets pass and another server on the way would read in another way, so that the two could be made to take
 * different things for the request.
 */
export function framingFault(request: IncomingMessage): string | undefined {
  const { headers, httpVersion } = request;
  if (httpVersion !== '1.1' && httpVersion !== '1.0') return 'This speaks HTTP/1.1 and HTTP/1.0 only';
  if (headers.host === undefined) return httpVersion === '1.1' ? 'The request has no Host header' : undefined;
  const coding = headers['transfer-encoding'];
  if (coding !== undefined && coding.toLowerCase() !== 'chunked')
    return 'Transfer-Encoding can only be chunked';
  return hasTwoHosts(request.rawHeaders) ? 'The request has two Host headers' : undefined;
}

/** Node keeps the first and drops the others, so only the headers as they came tell. */
function hasTwoHosts(rawHeaders: readonly string[]): boolean {
  let hosts = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    if (name.length === 4 && (name === 'Host' || name.toLowerCase() === 'host')) hosts++;
  }
  return hosts > 1;
}
