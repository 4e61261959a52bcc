import { AppError } from '../../errors/app-error.js';

/** The call cannot be shown to come from Clockify. Counts as a failed authentication. */
export class LifecycleRefusedError extends AppError {
  static missing(): LifecycleRefusedError {
    return new LifecycleRefusedError('unauthorized', 'The call carries no X-Addon-Lifecycle-Token');
  }

  static wrong(): LifecycleRefusedError {
    return new LifecycleRefusedError(
      'unauthorized',
      'The X-Addon-Lifecycle-Token is none that Clockify signed for the lifecycle of this add-on',
    );
  }
}

/** The token is Clockify's, and for something else than the body is about. */
export class ForeignInstallationError extends AppError {
  constructor(what: 'workspaceId' | 'addonId') {
    super('forbidden', `The ${what} of the body is not the one that the token is for`);
  }
}

/** The token in the body is none that could call Clockify for this installation. */
export class InstallationTokenError extends AppError {
  constructor() {
    super('validation_error', 'The request is not valid', {
      details: [{ path: 'authToken', message: 'is no installation token of this add-on and workspace' }],
    });
  }
}

export class LifecycleBodyError extends AppError {
  /** The predecessors of the two add-ons answer this with different statuses. */
  constructor(faults: readonly { path: string; message: string }[], status: 400 | 422) {
    super('validation_error', 'The request is not valid', { details: faults, status });
  }
}

export class UnknownInstallationError extends AppError {
  constructor() {
    super('not_found', 'This workspace has not installed the add-on');
  }
}
