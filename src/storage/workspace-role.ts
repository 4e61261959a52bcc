import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { DATABASE_ENGINE, type DatabaseEngine } from './database-engine.js';
import { DatabaseStartup } from './database-startup.js';
import { StartupError } from './storage.errors.js';
import { readRoleState, type RoleState } from './workspace-role-state.js';

const SEE = 'see "Workspaces" in docs/SECURITY.md';

/** Whether the database can keep workspaces apart: the service does without it, work for a workspace does not. */
@Injectable()
export class WorkspaceRole {
  #fault: string | undefined;

  constructor(
    @Inject(DATABASE_ENGINE) private readonly engine: Pick<DatabaseEngine, 'pool'>,
    startup: DatabaseStartup,
    @InjectPinoLogger('storage') private readonly log: PinoLogger,
  ) {
    startup.beforeReady(() => this.check());
  }

  /** Why work for a workspace is refused, for the operator; undefined where it is not. */
  get fault(): string | undefined {
    return this.#fault;
  }

  async check(): Promise<void> {
    const state = await readRoleState(this.engine.pool as Pool);
    if (state.hidesRowsFromUs) throw notTheOwner(state.user);
    this.#fault = faultOf(state);
    if (this.#fault !== undefined) this.log.warn(this.#fault);
  }
}

/** Otherwise it would find its tables empty, and say nothing. */
function notTheOwner(user: string): StartupError {
  return new StartupError(
    `Row-level security hides the rows of Clankerbot from the database user ${user}, who does not own its tables: ` +
      `connect as their owner, or grant the owner's role to ${user} (${SEE}).`,
  );
}

function faultOf({ exists, isExempt, mayBeTaken, ungranted }: RoleState): string | undefined {
  const fault = !exists
    ? 'the role clankerbot_workspace does not exist and could not be made'
    : isExempt
      ? 'the role clankerbot_workspace is exempt from row-level security'
      : !mayBeTaken
        ? 'this user may not take the role clankerbot_workspace'
        : ungranted.length > 0
          ? `the role clankerbot_workspace lacks rights to ${ungranted.join(', ')}`
          : undefined;
  return fault && `The database does not keep workspaces apart: ${fault}; ${SEE}`;
}
