import { once } from 'node:events';
import type { Server as HttpServer } from 'node:http';
import { createServer, Server, type ListenOptions, type Socket } from 'node:net';

/** As many connections can be accepted in one turn of the event loop: Node takes one from each listening socket. */
export const LISTENING_SOCKETS = 4;
/** Several sockets on one port, and the names by which it is agreed who may have them, are Linux's. */
const CAN_SHARE = process.platform === 'linux';

export interface Place {
  port: number;
  host: string;
}

/**
 * The sockets on which an HTTP server listens: several on one port, so that a long turn of the event loop does not let the
 * queue of new connections grow. Promises that no other process of ours has the port meanwhile, and that who finds it taken
 * is told so as always.
 */
export class ListeningSockets {
  readonly #others: Server[] = [];
  #claim: Server | undefined;

  constructor(private readonly server: HttpServer) {}

  /** Fails where the server itself cannot listen; it goes without the others where only they cannot. */
  async open({ port, host }: Place): Promise<void> {
    const isShared = CAN_SHARE && (port === 0 || (await this.#isOurs({ port, host })));
    await listening(this.server, { port, host, reusePort: isShared });
    if (!isShared) return;
    const { address, port: taken } = this.server.address() as { address: string; port: number };
    for (let i = 1; i < LISTENING_SOCKETS; i++) await this.#open({ port: taken, host: address });
  }

  /** No new connection from now on. http.Server.close would also cut idle ones at once, and requests that are on their way. */
  close(): void {
    for (const server of [this.server, ...this.#others, this.#claim])
      if (server) Server.prototype.close.call(server);
  }

  async countConnections(): Promise<number> {
    const counts = await Promise.all([this.server, ...this.#others].map(countOf));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /**
   * The kernel lets all processes of one user share a port that want to share it. So one of them has to have claimed it by
   * a name that only one can have, and there must be nobody on it who has not asked for the name. Everybody else listens
   * without sharing, and finds out by that whether the port is taken.
   */
  async #isOurs({ port, host }: Place): Promise<boolean> {
    this.#claim = createServer((visitor) => visitor.destroy());
    try {
      await listening(this.#claim, { path: `\0clankerbot-listens-on-${port}` });
    } catch {
      this.#claim = undefined;
      return false;
    }
    this.#claim.unref();
    const trial = createServer();
    try {
      await listening(trial, { port, host });
    } catch (error) {
      this.#claim.close();
      throw error;
    }
    trial.close();
    await once(trial, 'close');
    return true;
  }

  async #open({ port, host }: Place): Promise<void> {
    // As http.createServer makes its own.
    const other = createServer({ allowHalfOpen: true, noDelay: true }, (socket: Socket) =>
      this.server.emit('connection', socket),
    );
    try {
      await listening(other, { port, host, reusePort: true });
      this.#others.push(other);
    } catch {
      // What one socket cannot take waits for its turn.
    }
  }
}

async function listening(server: Server, options: ListenOptions & { reusePort?: boolean }): Promise<void> {
  server.listen(options);
  await once(server, 'listening');
}

function countOf(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.getConnections((_error, count) => resolve(count));
  });
}
