import { AppError } from '../errors/app-error.js';
import type { Bound } from '../observability/request-context.js';
import type { Role } from './access.decorators.js';

/** No key came with the request, or one that is unknown, revoked or expired: which of these is not told. */
export class UnauthorizedError extends AppError {
  static missing(): UnauthorizedError {
    return new UnauthorizedError(
      'unauthorized',
      'An API key is needed: send Authorization: Bearer KEY, or X-Api-Key: KEY',
    );
  }

  static wrong(): UnauthorizedError {
    return new UnauthorizedError('unauthorized', 'The API key is not valid');
  }

  static foreign(): UnauthorizedError {
    return new UnauthorizedError(
      'unauthorized',
      'Without an API key this service answers calls from its own machine only, and neither through a proxy nor for pages of other sites',
    );
  }
}

export class ForbiddenError extends AppError {
  static roleTooSmall(has: Role, needed: Role): ForbiddenError {
    return new ForbiddenError('forbidden', `This needs the role ${needed}; the API key has the role ${has}`);
  }

  static secretsAreAdmins(has: Role): ForbiddenError {
    return new ForbiddenError('forbidden', `secretsIn needs the role admin; the API key has the role ${has}`);
  }

  static outOfScope(bound: Bound | 'payloads'): ForbiddenError {
    const message =
      bound === 'payloads'
        ? 'The API key sees no payloads, and this is made of them'
        : `The API key is bound to certain ${bound}, and this is beyond them`;
    return new ForbiddenError('forbidden', message, { details: { bound } });
  }

  static keyless(): ForbiddenError {
    return new ForbiddenError(
      'forbidden',
      'Who needs no API key may make none, as it would stay valid for ever: set API_KEYS (npm run keys:create) and make more with that one',
    );
  }

  static addressNotAllowed(): ForbiddenError {
    return new ForbiddenError('forbidden', 'Webhooks are not accepted from this address');
  }
}
