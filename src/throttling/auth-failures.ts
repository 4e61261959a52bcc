import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import type { AppRequest } from '../observability/request-context.js';
import { ThrottlingGuard } from './throttling.guard.js';

/**
 * For guards that check credentials of their own, as webhooks do. Call it when they are wrong, before refusing: it
 * counts in the strict bucket of the address, and throws rate_limited instead once that is empty.
 */
@Injectable()
export class AuthFailures {
  constructor(private readonly throttling: ThrottlingGuard) {}

  async count(request: AppRequest, response: Response): Promise<void> {
    await this.throttling.countFailure(request, response);
  }
}
