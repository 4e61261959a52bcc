import { Agent as HttpAgent, type ClientRequestArgs } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { isIPv6, type LookupFunction } from 'node:net';
import type { Duplex } from 'node:stream';

export interface Pinning {
  addresses: readonly string[];
  connectTimeoutMs: number;
}

type Connected = (error: Error | null, stream: Duplex) => void;

/** One connection to one of the given addresses, whatever the name means by now, given up when it takes too long. */
export class PinnedConnection {
  readonly httpAgent: HttpAgent;
  readonly httpsAgent: HttpsAgent;

  constructor(private readonly pinning: Pinning) {
    this.httpAgent = new PinnedHttpAgent(this);
    this.httpsAgent = new PinnedHttpsAgent(this);
  }

  pinned<T extends ClientRequestArgs>(options: T): T {
    const found = this.pinning.addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
    const lookup: LookupFunction = (_hostname, { all }, answer) => {
      const [first] = found;
      if (all) answer(null, found);
      else answer(null, first?.address ?? '', first?.family);
    };
    return { ...options, lookup };
  }

  watched<T extends Duplex | null | undefined>(socket: T, established: 'connect' | 'secureConnect'): T {
    const timer = setTimeout(() => socket?.destroy(new ConnectTimeout()), this.pinning.connectTimeoutMs);
    socket?.once(established, () => clearTimeout(timer));
    socket?.once('close', () => clearTimeout(timer));
    return socket;
  }
}

class PinnedHttpAgent extends HttpAgent {
  constructor(private readonly connection: PinnedConnection) {
    super({ keepAlive: false });
  }

  override createConnection(options: ClientRequestArgs, connected?: Connected): Duplex | null | undefined {
    const socket = super.createConnection(this.connection.pinned(options), connected);
    return this.connection.watched(socket, 'connect');
  }
}

class PinnedHttpsAgent extends HttpsAgent {
  constructor(private readonly connection: PinnedConnection) {
    super({ keepAlive: false });
  }

  override createConnection(options: ClientRequestArgs, connected?: Connected): Duplex | null | undefined {
    const socket = super.createConnection(this.connection.pinned(options), connected);
    return this.connection.watched(socket, 'secureConnect');
  }
}

class ConnectTimeout extends Error {
  readonly code = 'ETIMEDOUT';

  constructor() {
    super('Connecting took too long');
  }
}
