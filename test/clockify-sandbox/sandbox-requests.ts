import type { IncomingHttpHeaders } from 'node:http';

/** A request as it came, for assertions and for whoever wants to see what was sent. */
export interface SandboxRequest {
  method: string;
  /** With its prefix, without the query. */
  path: string;
  query: Record<string, string>;
  headers: IncomingHttpHeaders;
  body: unknown;
  operation: string | undefined;
  /** What was answered; 0 where the connection was cut. */
  status: number;
  /** Whether the request was carried out, answered or not. */
  hadEffect: boolean;
  atMs: number;
}

const MOST = 100_000;

/** The requests received, oldest first; the oldest fall out when there are too many. */
export class SandboxRequests {
  #all: SandboxRequest[] = [];

  get all(): readonly SandboxRequest[] {
    return this.#all;
  }

  of(operation: string): SandboxRequest[] {
    return this.#all.filter((request) => request.operation === operation);
  }

  add(request: SandboxRequest): void {
    this.#all.push(request);
    if (this.#all.length > MOST) this.#all = this.#all.slice(MOST / 10);
  }

  clear(): void {
    this.#all = [];
  }
}
