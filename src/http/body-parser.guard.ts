import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { Response } from 'express';
import type { AppRequest } from '../observability/request-context.js';
import { BodyReader, hasBody } from './body-reader.js';
import { HeavyTurns } from './heavy-turns.js';
import { type HttpConfig, httpConfig } from './http.config.js';
import type { JsonLimits } from './json-body.js';

/**
 * The last of the guards: reads the body and parses it. Behind the others, because whoever comes without a key or too
 * often must neither fill memory with a body nor make the service work through it. A raw one is its route's to ask for.
 */
@Injectable()
export class BodyParserGuard implements CanActivate {
  readonly #limits: JsonLimits;

  constructor(
    @Inject(httpConfig.token) config: HttpConfig,
    private readonly reader: BodyReader,
    private readonly turns: HeavyTurns,
  ) {
    this.#limits = { maxDepth: config.MAX_JSON_DEPTH, maxKeys: config.MAX_JSON_KEYS };
  }

  canActivate(context: ExecutionContext): true | Promise<true> {
    const request = context.getArgByIndex<AppRequest>(0);
    if (request.context.policy?.body === 'raw' || !hasBody(request)) return true;
    return this.#read(request, context.getArgByIndex<Response>(1));
  }

  async #read(request: AppRequest, response: Response): Promise<true> {
    const body = await this.reader.read(request, response);
    const parse = (): unknown => body?.parse(this.#limits);
    request.body = body?.isYaml ? await this.turns.take(parse) : parse();
    return true;
  }
}
