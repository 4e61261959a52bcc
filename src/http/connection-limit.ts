import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { type AbstractHttpAdapter, HttpAdapterHost } from '@nestjs/core';
import type { Express } from 'express';
import { AppError } from '../errors/app-error.js';
import { clientNetwork } from '../observability/client-network.js';
import { normalizeAddress } from './client-address.js';
import { type HttpConfig, httpConfig } from './http.config.js';
import { ParserRefusals } from './parser-refusals.js';

type IsTrusted = (address: string, hop: number) => boolean;

/** So many connections that one client network may have open. A proxy in TRUST_PROXY has those of all its clients. */
@Injectable()
export class ConnectionLimit implements OnModuleInit {
  readonly #open = new Map<string, number>();
  readonly #most: number;

  constructor(
    @Inject(httpConfig.token) config: HttpConfig,
    private readonly adapterHost: HttpAdapterHost,
    private readonly refusals: ParserRefusals,
  ) {
    this.#most = config.MAX_CONNECTIONS_PER_ADDRESS;
  }

  onModuleInit(): void {
    // A command that serves nobody, as npm run migrate does, has no adapter, whatever its type says.
    const adapter = this.adapterHost.httpAdapter as AbstractHttpAdapter | null;
    const server = adapter?.getHttpServer() as Server | undefined;
    if (adapter === null || server === undefined) return;
    const isTrusted = adapter.getInstance<Express>().get('trust proxy fn') as IsTrusted;
    server.on('connection', (socket) => this.#admit(socket, isTrusted));
  }

  #admit(socket: Socket, isTrusted: IsTrusted): void {
    const address = normalizeAddress(socket.remoteAddress) ?? 'unknown';
    if (isTrusted(address, 0)) return;
    const network = clientNetwork(address);
    const open = (this.#open.get(network) ?? 0) + 1;
    this.#open.set(network, open);
    socket.on('close', () => this.#forget(network));
    if (open > this.#most) this.refusals.refuse(socket, { error: tooMany(), method: null });
  }

  #forget(network: string): void {
    const open = (this.#open.get(network) ?? 0) - 1;
    if (open > 0) this.#open.set(network, open);
    else this.#open.delete(network);
  }
}

function tooMany(): AppError {
  return new AppError('unavailable', 'Too many connections from this address', { retryAfterSeconds: 1 });
}
