import type { IncomingHttpHeaders } from 'node:http';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import type { AppRequest, Caller } from '../observability/request-context.js';
import { AccessRules } from './access-rules.js';
import { KeyRing } from './key-ring.js';
import { OpenAccess } from './open-access.js';

const BEARER = /^bearer +(\S+) *$/i;

/**
 * The first of three guards: notes what the route asks for and who calls, or why nobody does. Promises to refuse
 * nothing, so that the throttling guard behind it counts whatever the role guard behind that will refuse.
 */
@Injectable()
export class IdentifyGuard implements CanActivate {
  constructor(
    private readonly rules: AccessRules,
    private readonly keys: KeyRing,
    private readonly open: OpenAccess,
    @InjectPinoLogger('access') private readonly log: PinoLogger,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const request = context.getArgByIndex<AppRequest>(0); // switchToHttp makes three closures on each call.
    const rule = this.rules.of(context);
    request.context.accessRule = rule;
    if (rule === 'public' || rule === 'webhook') return true;
    const secret = presentedSecret(request.headers);
    if (secret === undefined) return this.#note(request, undefined, 'missing');
    const found = this.keys.find(secret);
    if (!(found instanceof Promise)) return this.#note(request, found, 'wrong');
    return found.then(
      (caller) => this.#note(request, caller, 'wrong'),
      (error: unknown) => this.#noteUnchecked(request, error),
    );
  }

  #note(request: AppRequest, found: Caller | undefined, failure: 'missing' | 'wrong'): true {
    const caller = found ?? this.open.admit(request);
    if (caller) request.context.caller = caller;
    else request.context.authFailure = this.open.isOpen ? 'foreign' : failure;
    return true;
  }

  #noteUnchecked(request: AppRequest, err: unknown): true {
    const caller = this.open.admit(request);
    if (caller) request.context.caller = caller;
    else {
      this.log.warn({ err }, 'An API key could not be checked');
      request.context.authFailure = 'unchecked';
    }
    return true;
  }
}

/** `Authorization: Bearer` first; any other scheme is not ours, and X-Api-Key counts. */
function presentedSecret(headers: IncomingHttpHeaders): string | undefined {
  const bearer = headers.authorization === undefined ? undefined : BEARER.exec(headers.authorization)?.[1];
  if (bearer !== undefined) return bearer;
  const apiKey = headers['x-api-key'];
  return typeof apiKey === 'string' && apiKey !== '' ? apiKey : undefined;
}
