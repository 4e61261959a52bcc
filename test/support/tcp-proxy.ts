import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface TcpProxy {
  port: number;
  /** From now on nothing passes in either direction, and nobody is told: a half-open connection. */
  freeze(): void;
  /** New connections pass again; the frozen ones stay dead. */
  thaw(): void;
  close(): Promise<void>;
}

export async function startTcpProxy(targetPort: number, port = 0): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let isFrozen = false;
  const server = createServer((client) => {
    sockets.add(client);
    client.on('error', () => undefined); // The other side goes away; so does this one.
    if (isFrozen) return;
    const upstream = connect(targetPort, '127.0.0.1');
    sockets.add(upstream);
    upstream.on('error', () => client.destroy());
    client.on('data', (chunk) => void (frozen.has(client) || upstream.write(chunk)));
    upstream.on('data', (chunk) => void (frozen.has(client) || client.write(chunk)));
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => frozen.has(client) || client.destroy());
  });
  const frozen = new Set<Socket>();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as { port: number }).port,
    freeze() {
      isFrozen = true;
      for (const socket of sockets) frozen.add(socket);
    },
    thaw() {
      isFrozen = false;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
