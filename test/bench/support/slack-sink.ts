import { createServer } from 'node:http';
import { once } from 'node:events';

/** Says what Slack says to a posted message, and nothing else. */
export async function startSlackSink(): Promise<{ url: string; count: () => number; close: () => void }> {
  let count = 0;
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      count++;
      response.setHeader('content-type', 'application/json');
      response.end(`{"ok":true,"channel":"C1","ts":"1.${count}","message":{"text":"x"}}`);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return { url: `http://127.0.0.1:${port}/api`, count: () => count, close: () => server.close() };
}
