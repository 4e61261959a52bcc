import { Agent as HttpAgent, type ClientRequestArgs } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { isIPv6, type LookupFunction, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export interface Pinning {
  addresses: readonly string[];
  connectTimeoutMs: number;
}

type Connected = (error: Error | null, stream: Duplex) => void;

/** Connects to the given addresses whatever the name says now, once per agent, and gives up connecting after a while. */
class PinnedHttpAgent extends HttpAgent {
  constructor(private readonly pinning: Pinning) {
    super({ keepAlive: false });
  }

  override createConnection(options: ClientRequestArgs, connected?: Connected): Duplex | null | undefined {
    return limited(super.createConnection(pinned(options, this.pinning), connected), this.pinning, 'connect');
  }
}

class PinnedHttpsAgent extends HttpsAgent {
  constructor(private readonly pinning: Pinning) {
    super({ keepAlive: false });
  }

  override createConnection(options: ClientRequestArgs, connected?: Connected): Duplex | null | undefined {
    return limited(
      super.createConnection(pinned(options, this.pinning), connected),
      this.pinning,
      'secureConnect',
    );
  }
}

export function pinnedAgents(pinning: Pinning): { httpAgent: HttpAgent; httpsAgent: HttpsAgent } {
  return { httpAgent: new PinnedHttpAgent(pinning), httpsAgent: new PinnedHttpsAgent(pinning) };
}

function pinned<T extends ClientRequestArgs>(options: T, { addresses }: Pinning): T {
  const found = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
  const lookup: LookupFunction = (_hostname, { all }, answer) => {
    const [first] = found;
    if (all) answer(null, found);
    else answer(null, first?.address ?? '', first?.family);
  };
  return { ...options, lookup };
}

function limited<T extends Duplex | null | undefined>(
  stream: T,
  { connectTimeoutMs }: Pinning,
  done: string,
): T {
  if (!stream) return stream;
  const socket = stream as unknown as Socket;
  const timer = setTimeout(() => socket.destroy(new ConnectTimeout()), connectTimeoutMs).unref();
  const stop = (): void => clearTimeout(timer);
  socket.once(done, stop).once('close', stop);
  return stream;
}

class ConnectTimeout extends Error {
  readonly code = 'ETIMEDOUT';

  constructor() {
    super('Connecting took too long');
  }
}
