import { Injectable } from '@nestjs/common';
import type { Params, ReadBack } from '../integration.js';
import type { AccountContext } from './account/clockify-account.js';
import { ClockifySender } from './http/clockify-sender.js';
import { CreationRecovery, type CutOffContext } from './recovery/creation-recovery.js';
import type { IndexedOperation } from './operations/operation-index.js';
import { RequestBuilder } from './http/request-builder.js';
import { contentOf } from './http/response-content.js';

/** Changes something in Clockify, once. */
@Injectable()
export class ClockifyWriter {
  constructor(
    private readonly sender: ClockifySender,
    private readonly builder: RequestBuilder,
    private readonly recovery: CreationRecovery,
  ) {}

  async write(operation: IndexedOperation, params: Params, context: AccountContext): Promise<unknown> {
    const request = this.builder.build(operation, params, context.account);
    const send = async (): Promise<unknown> =>
      contentOf(await this.sender.send({ request, isWrite: true, context }), {
        operation,
        params,
        isWrite: true,
      });
    return this.recovery.create({ request, params, context }, send);
  }

  async readBack(operation: IndexedOperation, params: Params, context: CutOffContext): Promise<ReadBack> {
    const request = this.builder.build(operation, params, context.account);
    return this.recovery.readBack({ request, params, context }, context);
  }
}
