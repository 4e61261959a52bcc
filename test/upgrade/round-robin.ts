import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Target {
  url: string;
  agent: Agent;
  served: number;
}

export interface RoundRobin {
  url: string;
  /** From now on it gets requests. */
  add(url: string): void;
  /** From now on it gets none; what it has, it may answer. */
  remove(url: string): void;
  served(url: string): number;
  close(): Promise<void>;
}

/** A load balancer as small as can be: one request after the other to each, nothing tried twice, nothing hidden. */
export async function startRoundRobin(): Promise<RoundRobin> {
  const targets: Target[] = [];
  const known = new Map<string, Target>();
  let next = 0;
  const server = createServer((incoming, outgoing) => {
    const target = targets[next++ % targets.length];
    if (target) forward(target, incoming, outgoing);
    else outgoing.writeHead(503).end('nobody is there');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    add(url) {
      const target = { url, agent: new Agent({ keepAlive: true }), served: 0 };
      known.set(url, target);
      targets.push(target);
    },
    remove(url) {
      targets.splice(
        targets.findIndex((target) => target.url === url),
        1,
      );
    },
    served: (url) => known.get(url)?.served ?? 0,
    async close() {
      for (const { agent } of known.values()) agent.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function forward(target: Target, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { method = 'GET', url = '/', headers } = incoming;
  const passed = request(new URL(url, target.url), { method, headers, agent: target.agent }, (answer) => {
    target.served += 1;
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  passed.on('error', (error) => {
    if (outgoing.headersSent) outgoing.destroy();
    else outgoing.writeHead(502).end(`${target.url}: ${error.message}`);
  });
  incoming.pipe(passed);
}
