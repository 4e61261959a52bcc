import { Injectable } from '@nestjs/common';
import type { Params } from '../integration.js';
import type { AccountContext } from './account/clockify-account.js';
import { ClockifySender } from './http/clockify-sender.js';
import type { UpstreamResponse } from './http/clockify-transport.js';
import type { IndexedOperation } from './operations/operation-index.js';
import { allPages, type Page } from './http/paging.js';
import { RequestBuilder } from './http/request-builder.js';
import { contentOf } from './http/response-content.js';

/** Asks Clockify without changing anything. */
@Injectable()
export class ClockifyReader {
  constructor(
    private readonly sender: ClockifySender,
    private readonly builder: RequestBuilder,
  ) {}

  async one(operation: IndexedOperation, params: Params, context: AccountContext): Promise<unknown> {
    return (await this.page(operation, params, context)).content;
  }

  /** The list as if it had come in one piece; an envelope keeps its shape. */
  async all(operation: IndexedOperation, params: Params, context: AccountContext): Promise<unknown> {
    return allPages(operation, params, (page) => this.page(operation, page, context));
  }

  /** One answer, with what it says about there being more. */
  async page(operation: IndexedOperation, params: Params, context: AccountContext): Promise<Page> {
    const request = this.builder.build(operation, params, context.account);
    const response = await this.sender.send({ request, isWrite: false, context });
    return { content: contentOf(response, { operation, params, isWrite: false }), isLast: isLast(response) };
  }
}

function isLast({ headers }: UpstreamResponse): boolean | undefined {
  const header = headers['last-page']?.toLowerCase();
  return header === undefined ? undefined : header === 'true';
}
