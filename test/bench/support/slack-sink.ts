import { createServer } from 'node:http';
import { once } from 'node:events';

interface SlackSink {
  /** What makes a service post here. */
  environment: Record<string, string>;
  close(): void;
}

/** Says what Slack says to a posted message, and nothing else. */
export async function startSlackSink(): Promise<SlackSink> {
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
  return {
    environment: { SLACK_BOT_TOKEN: 'xoxb-bench', SLACK_BASE_URL: `http://127.0.0.1:${port}/api` },
    close: () => void server.close(),
  };
}
