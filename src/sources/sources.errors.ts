import { AppError } from '../errors/app-error.js';

/** The delivery cannot be shown to come from its source. */
export class WebhookRefusedError extends AppError {
  static missing(what: string): WebhookRefusedError {
    return new WebhookRefusedError('unauthorized', `The delivery carries no ${what}`);
  }

  static wrong(what: string): WebhookRefusedError {
    return new WebhookRefusedError('unauthorized', `The ${what} of the delivery is not valid`);
  }

  static foreignWorkspace(): WebhookRefusedError {
    return new WebhookRefusedError('forbidden', 'The signature is that of another workspace');
  }

  static unnamedWorkspace(): WebhookRefusedError {
    return new WebhookRefusedError(
      'forbidden',
      'Deliveries from this workspace are not accepted: CLOCKIFY_WEBHOOK_WORKSPACES does not name it',
    );
  }

  static fromPage(): WebhookRefusedError {
    return new WebhookRefusedError(
      'forbidden',
      'Without a secret no web page may deliver here, unless CORS_ORIGINS names it',
    );
  }

  static notConfigured(source: string, variable: string): WebhookRefusedError {
    return new WebhookRefusedError(
      'unauthorized',
      `Deliveries from ${source} cannot be verified: ${variable} is not set`,
    );
  }
}

export class UnknownSourceError extends AppError {
  constructor() {
    super('not_found', 'There is no webhook source of this name');
  }
}

/** The source has stored as much today as WEBHOOK_MAX_STORED_MB_PER_DAY lets it. */
export class SourceFullError extends AppError {
  constructor(retryAfterSeconds: number) {
    super('rate_limited', 'This source has stored as much today as WEBHOOK_MAX_STORED_MB_PER_DAY permits', {
      retryAfterSeconds,
    });
  }
}
