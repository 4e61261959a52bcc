import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import { redactFields } from '../../observability/redaction.js';
import type { ExecutionContext, Integration, Operation, Params, RequestPreview } from '../integration.js';
import { AddressGuard } from './address-guard.js';
import { HTTP_REQUEST_OPERATIONS } from './http-request-operations.js';
import { HttpRequestClient } from './http-request.client.js';
import { httpRequestConfig, type HttpRequestConfig } from './http-request.config.js';
import { httpRequestDisabled } from './http-request.errors.js';
import { keyHeaderOf, outgoingRequest, type OutgoingRequest } from './outgoing-request.js';
import { signRequest } from './request-signature.js';
import { readResponse } from './target-response.js';

const BY_NAME = new Map(HTTP_REQUEST_OPERATIONS.map((operation) => [operation.name, operation]));

/** Calls an address of the user's choice, behind the address guard, unless the operator left it off. */
@Injectable()
export class HttpRequestIntegration implements Integration {
  readonly name = 'http-request';
  readonly summary = 'HTTP requests to addresses of your choice';
  readonly isConfigured: boolean;
  readonly configuredBy = ['HTTP_REQUEST_ENABLED'];

  constructor(
    private readonly guard: AddressGuard,
    private readonly client: HttpRequestClient,
    private readonly clock: Clock,
    @Inject(httpRequestConfig.token) private readonly config: HttpRequestConfig,
  ) {
    this.isConfigured = config.HTTP_REQUEST_ENABLED;
  }

  operations(): readonly Operation[] {
    return HTTP_REQUEST_OPERATIONS;
  }

  find(operation: string): Operation | undefined {
    return BY_NAME.get(operation);
  }

  arrange(_operation: Operation, params: Params): Params {
    return params;
  }

  preview(operation: Operation, params: Params): RequestPreview {
    const url = this.guard.checkUrl(params['url'] as string);
    const request = outgoingRequest(operation.name, url, params);
    const { body } = params;
    const keyHeader = keyHeaderOf(params);
    if (keyHeader !== undefined) request.headers[keyHeader] = 'the same in each repetition';
    return {
      method: request.method,
      url: request.url,
      headers: redactFields(request.headers),
      ...(body === undefined ? {} : { body }),
    };
  }

  destination({ url }: Params): string | undefined {
    const parsed = typeof url === 'string' ? URL.parse(url) : null;
    if (!parsed) return undefined;
    return parsed.protocol === 'https:' ? parsed.host : `${parsed.protocol}//${parsed.host}`;
  }

  isRepeatable(_operation: Operation, params: Params): boolean {
    return keyHeaderOf(params) !== undefined;
  }

  async execute(operation: Operation, params: Params, context: ExecutionContext): Promise<unknown> {
    if (!this.isConfigured) throw httpRequestDisabled();
    const target = await this.guard.check(params['url'] as string);
    const request = this.#signed(outgoingRequest(operation.name, target.url, params));
    request.headers['x-request-id'] ??= context.requestId;
    const keyHeader = keyHeaderOf(params);
    if (keyHeader !== undefined) request.headers[keyHeader] = context.repetitionKey ?? context.requestId;
    return readResponse(await this.client.send(request, target, context), request.unsure);
  }

  #signed(request: OutgoingRequest): OutgoingRequest {
    const secret = this.config.HTTP_REQUEST_SIGNING_SECRET;
    if (secret === undefined) return request;
    const timestampSeconds = Math.floor(this.clock.nowMs() / 1000);
    const signature = signRequest(secret, { ...request, timestampSeconds });
    return { ...request, headers: { ...request.headers, 'x-clankerbot-signature': signature } };
  }
}
