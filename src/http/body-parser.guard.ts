import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { AppRequest } from '../observability/request-context.js';
import { HeavyTurns } from './heavy-turns.js';
import { type HttpConfig, httpConfig } from './http.config.js';
import type { JsonLimits } from './json-body.js';
import { UnparsedBody } from './unparsed-body.js';

/**
 * The last of the guards: parses the body. Behind the others, because whoever comes without a key or too often must not
 * make the service work through a body first.
 */
@Injectable()
export class BodyParserGuard implements CanActivate {
  readonly #limits: JsonLimits;

  constructor(
    @Inject(httpConfig.token) config: HttpConfig,
    private readonly turns: HeavyTurns,
  ) {
    this.#limits = { maxDepth: config.MAX_JSON_DEPTH, maxKeys: config.MAX_JSON_KEYS };
  }

  canActivate(context: ExecutionContext): true | Promise<true> {
    const request = context.getArgByIndex<AppRequest>(0);
    const body: unknown = request.body;
    if (!(body instanceof UnparsedBody)) return true;
    if (body.isYaml) return this.turns.take(() => this.#parse(body, request));
    return this.#parse(body, request);
  }

  #parse(body: UnparsedBody, request: AppRequest): true {
    request.body = body.parse(this.#limits);
    return true;
  }
}
