import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Fault, SandboxFaults } from './sandbox-faults.js';
import type { SandboxRequests } from './sandbox-requests.js';

export interface ControlRequest {
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
  bytes: Buffer;
}

interface Controlled {
  faults: SandboxFaults;
  requests: SandboxRequests;
}

/** Routes of the stand-in's own, for people and for programs in another process: faults on and off, what was sent. */
export function answerControl(
  { faults, requests }: Controlled,
  { request, response, url, bytes }: ControlRequest,
): void {
  const answers: Record<string, () => unknown> = {
    'POST /_sandbox/faults': () => {
      faults.add(JSON.parse(bytes.toString('utf8')) as Fault);
      return { added: true };
    },
    'DELETE /_sandbox/faults': () => {
      faults.clear();
      return { cleared: true };
    },
    'GET /_sandbox/requests': () => requests.all.slice(-100).map(({ headers: _headers, ...rest }) => rest),
    'DELETE /_sandbox/requests': () => {
      requests.clear();
      return { cleared: true };
    },
  };
  const answer = answers[`${request.method} ${url.pathname}`];
  response.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' });
  response.end(JSON.stringify(answer ? answer() : { message: `Known: ${Object.keys(answers).join(', ')}` }));
}
