import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Clock, SystemClock } from '../../src/clock/clock.js';
import { addMember, addWorkspace } from './handlers/workspaces.js';
import { newUser } from './handlers/users.js';
import type { Entity, Fields } from './sandbox-entity.js';
import { SandboxDeliveries } from './sandbox-deliveries.js';
import { SandboxFaults } from './sandbox-faults.js';
import { handleRequest, type SandboxParts } from './sandbox-handling.js';
import { sandboxHandlers, sandboxOperations } from './sandbox-operations.js';
import { type SandboxLimit, SandboxRateLimit } from './sandbox-rate-limit.js';
import { SandboxRequests } from './sandbox-requests.js';
import { SandboxRoutes } from './sandbox-routes.js';
import { SandboxState } from './sandbox-state.js';

export interface SandboxOptions {
  clock?: Clock;
  /** The key that is let in, as the user below. */
  apiKey?: string;
  addonToken?: string;
  user?: { id?: string; name?: string; email?: string; timeZone?: string };
  workspace?: { id?: string; name?: string };
  /** No limit without it; the vendor has 50 a second, and 30 an hour on new free workspaces. */
  limit?: SandboxLimit;
  /** Waits between the attempts at a webhook delivery. */
  webhookRetryDelaysMs?: readonly number[];
  /** Seed of the dice that faults are thrown with. */
  seed?: number;
}

/**
 * A stand-in for Clockify on loopback: the vendor's routes, error bodies and quirks over state in memory, with faults
 * that can be switched on. Promises that no request it answers leaves this machine.
 */
export class ClockifySandbox {
  readonly apiKey: string;
  readonly addonToken: string;
  readonly faults: SandboxFaults;
  readonly requests = new SandboxRequests();
  readonly deliveries: SandboxDeliveries;
  readonly state: SandboxState;
  readonly user: Entity;
  readonly workspace: Entity;
  /** A second member of the workspace. */
  readonly colleague: Entity;
  readonly #parts: SandboxParts;
  readonly #addonTokens = new Map<string, Entity>();
  #server: Server | undefined;
  #url = '';

  constructor(options: SandboxOptions = {}) {
    const clock = options.clock ?? new SystemClock();
    this.apiKey = options.apiKey ?? 'sandbox-api-key';
    this.addonToken = options.addonToken ?? 'sandbox-addon-token';
    this.faults = new SandboxFaults(options.seed);
    this.deliveries = new SandboxDeliveries(
      () => this.state,
      options.webhookRetryDelaysMs ?? [1000, 5000, 30_000],
    );
    this.state = new SandboxState(clock, (...event) => this.deliveries.publish(...event));
    this.user = newUser(this.state, { name: 'Robin Example', email: 'you@example.com', ...options.user });
    this.colleague = newUser(this.state, { name: 'Kim Example', email: 'kim@example.com' });
    const { name = 'Example Studio', id } = options.workspace ?? {};
    this.workspace = addWorkspace(this.state, name, this.user, id);
    addMember(this.state, this.workspace.id, this.colleague, 'ACTIVE');
    Object.assign(this.user, { activeWorkspace: this.workspace.id, defaultWorkspace: this.workspace.id });
    this.acceptAddonToken(this.addonToken);
    this.#parts = {
      state: this.state,
      faults: this.faults,
      requests: this.requests,
      limit: new SandboxRateLimit(clock, options.limit),
      routes: new SandboxRoutes(sandboxOperations()),
      handlers: sandboxHandlers(this.deliveries),
      credentials: {
        apiKeys: new Map([[this.apiKey, this.user]]),
        addonTokens: this.#addonTokens,
      },
    };
  }

  /** Listens on loopback; on a free port without one. Returns the origin. */
  async start(port = 0): Promise<string> {
    const server = createServer((request: IncomingMessage, response: ServerResponse) => {
      void handleRequest(this.#parts, request, response);
    });
    server.keepAliveTimeout = 65_000;
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    this.#server = server;
    this.#url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return this.#url;
  }

  /** Origin; behind it stand `/api`, `/report` and `/audit`, one for each of the vendor's hosts. */
  get url(): string {
    return this.#url;
  }

  /** What a service needs to be told to use this stand-in. */
  get environment(): Record<string, string> {
    return {
      CLOCKIFY_API_KEY: this.apiKey,
      CLOCKIFY_BASE_URL: `${this.#url}/api`,
      CLOCKIFY_REPORTS_URL: `${this.#url}/report`,
      CLOCKIFY_AUDIT_URL: `${this.#url}/audit`,
    };
  }

  /** Lets the token of an installation in, as the user who installed it. */
  acceptAddonToken(token: string): void {
    this.#addonTokens.set(token, this.user);
  }

  revokeAddonToken(token: string): void {
    this.#addonTokens.delete(token);
  }

  /** Entities of the seeded workspace. */
  list(collection: string): Entity[] {
    return this.state.list(this.workspace.id, collection);
  }

  /** Puts an entity into the seeded workspace without a request. */
  add(collection: string, fields: Fields): Entity {
    return this.state.add(this.workspace.id, collection, fields);
  }

  async stop(): Promise<void> {
    await this.deliveries.stop();
    const server = this.#server;
    if (!server) return;
    this.#server = undefined;
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
}
