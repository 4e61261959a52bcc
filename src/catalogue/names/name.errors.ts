import { AppError } from '../../errors/app-error.js';
import type { Fault } from '../../errors/fault.js';

/** Why a name stands for no id: nothing is called so, several things are, or what is called so is archived. */
export type NameReason = 'none' | 'several' | 'archived';

export interface NameFault extends Fault {
  reason: NameReason;
  /** What may have been meant, at most five. */
  nearest: { id: string; name: string; in?: string }[];
}

export class UnclearNamesError extends AppError {
  constructor(faults: readonly NameFault[]) {
    super('validation_error', 'A name does not stand for exactly one thing', { details: faults });
  }
}

/** Names without a workspace mean nothing. */
export class NamesNeedWorkspaceError extends AppError {
  constructor() {
    super('validation_error', 'The request is not valid', {
      details: [{ path: 'workspaceId', message: 'is required as an id where names stand in place of ids' }],
    });
  }
}

/** Nobody can say yet what is called so. */
export class ColdCatalogueError extends AppError {
  constructor(workspaceId: string) {
    super(
      'conflict',
      'Names cannot stand in place of ids before the catalogue of the workspace was filled: POST /bootstrap',
      { details: { workspaceId } },
    );
  }
}
