import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { OpenAccess } from '../../access/open-access.js';
import { BodyReader } from '../../http/body-reader.js';
import type { AppRequest } from '../../observability/request-context.js';
import { headerOf } from '../../sources/payload-fields.js';
import { AuthFailures } from '../../throttling/auth-failures.js';
import type { Addon } from '../addon.js';
import { Addons } from '../addons.js';
import { type AddonsConfig, addonsConfig } from '../addons.config.js';
import { type LifecycleClaims, LifecycleProof } from './lifecycle-proof.js';
import { LifecycleRefusedError } from './lifecycle.errors.js';

export interface LifecycleRequest extends AppRequest {
  lifecycle?: { addon: Addon; claims: LifecycleClaims | undefined };
}

/** What a guard reads calls with, and counts those that it refuses with. */
@Injectable()
export class LifecycleDoor {
  constructor(
    readonly body: BodyReader,
    readonly failures: AuthFailures,
    readonly openAccess: OpenAccess,
  ) {}
}

/**
 * Lets a call about an add-on's lifecycle in once its token says that Clockify makes it; its body is read after that.
 * Each that is refused counts as a failed authentication.
 */
@Injectable()
export class LifecycleGuard implements CanActivate {
  constructor(
    private readonly addons: Addons,
    private readonly proof: LifecycleProof,
    private readonly door: LifecycleDoor,
    @Inject(addonsConfig.token) private readonly config: AddonsConfig,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.getArgByIndex<LifecycleRequest>(0);
    const response = context.getArgByIndex<Response>(1);
    const addon = this.addons.get(String(request.params['addon']));
    const claims = this.#needsNoToken(addon, request)
      ? undefined
      : await this.#prove(addon, request, response);
    await this.door.body.readRaw(request, response);
    request.lifecycle = { addon, claims };
    return true;
  }

  /** Only where whoever calls may do everything without a key anyway. */
  #needsNoToken({ slug }: Addon, request: AppRequest): boolean {
    const isRequired =
      slug === 'api-studio'
        ? this.config.API_STUDIO_REQUIRE_SIGNATURE_VERIFICATION
        : this.config.UNIVERSAL_WEBHOOK_REQUIRE_SIGNATURE_VERIFICATION;
    return !isRequired && this.door.openAccess.admit(request) !== undefined;
  }

  async #prove(addon: Addon, request: AppRequest, response: Response): Promise<LifecycleClaims> {
    const { headers } = request;
    try {
      // Callers of the predecessors send the second one.
      const token = headerOf(headers, 'x-addon-lifecycle-token') ?? headerOf(headers, 'clockify-signature');
      return await this.proof.verify(addon, token);
    } catch (error) {
      if (error instanceof LifecycleRefusedError) {
        request.context.authFailure = 'wrong';
        await this.door.failures.count(request, response);
      }
      throw error;
    }
  }
}
