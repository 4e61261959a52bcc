import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { OpenAccess } from '../access/open-access.js';
import { BodyReader } from '../http/body-reader.js';
import { AuthFailures } from '../throttling/auth-failures.js';
import type { WebhookRequest, WebhookRequestContext } from '../sources/webhook-source.js';
import { WebhookSources } from '../sources/webhook-sources.js';
import { UnknownSourceError, WebhookRefusedError } from '../sources/sources.errors.js';

/**
 * Lets a delivery in once its source says that it is authentic. Its body is read when everything else is checked. Each
 * that is not authentic counts as a failed authentication.
 */
@Injectable()
export class WebhookGuard implements CanActivate {
  constructor(
    private readonly sources: WebhookSources,
    private readonly failures: AuthFailures,
    private readonly openAccess: OpenAccess,
    private readonly body: BodyReader,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<WebhookRequestContext>();
    const source = this.sources.find(String(request.params['provider']));
    if (!source) throw new UnknownSourceError();
    try {
      if (source.isOpen) this.#checkOpen(request);
      const readBody = (): Promise<Buffer> => this.body.readRaw(request, http.getResponse<Response>());
      const proof = await source.verify({ headers: request.headers, readBody });
      await readBody();
      request.webhook = { source, proof };
      return true;
    } catch (error) {
      if (error instanceof WebhookRefusedError) {
        request.context.authFailure = 'wrong';
        await this.failures.count(request, http.getResponse<Response>());
      }
      throw error;
    }
  }

  /** Without a credential a source is as open as the rest of the service: to this machine, or where all of it is open. */
  #checkOpen(request: WebhookRequestContext): void {
    // Services that deliver send no Origin; a browser, which can be made to, does.
    if (this.openAccess.isForeignPage(request)) throw WebhookRefusedError.fromPage();
    if (!this.openAccess.admit(request))
      throw WebhookRefusedError.notConfigured('Clockify', 'WEBHOOK_SHARED_SECRET');
  }
}

export function webhookRequestOf(request: WebhookRequestContext): WebhookRequest {
  return { headers: request.headers, rawBody: request.rawBody ?? Buffer.alloc(0) };
}
