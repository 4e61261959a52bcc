import { Injectable } from '@nestjs/common';
import type { ExecutionContext } from '../integrations/integration.js';
import { SecretOpener } from '../secrets/secret-opener.js';
import { checkParams, type ResolvedAction } from './action-resolver.js';

/**
 * The border to the integrations, where params come to hold secrets. Promises that what comes back, a result or a failure,
 * holds none of them.
 */
@Injectable()
export class ActionSender {
  constructor(private readonly secrets: SecretOpener) {}

  async send(resolved: ResolvedAction, context: ExecutionContext): Promise<unknown> {
    const { integration, operation, params, secretive } = resolved;
    if (!secretive) return integration.execute(operation, params, context);
    const { given, places } = secretive;
    const opened = await this.secrets.open({ integration, params: given, places });
    try {
      const filled = integration.arrange(operation, opened.params);
      checkParams({ integration, operation, params: filled }, false);
      return opened.hider.value(await integration.execute(operation, filled, context));
    } catch (error) {
      throw opened.hider.error(error);
    }
  }

  /** Throws where a secret does not exist, or may not go where the action leads. Sends nothing. */
  async check({ integration, secretive }: ResolvedAction): Promise<void> {
    if (!secretive) return;
    await this.secrets.check({ integration, params: secretive.given, places: secretive.places });
  }
}
