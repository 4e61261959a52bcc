import pg from 'pg';
import { WorkspacesNotSeparateError } from './storage.errors.js';

/** It has no rights but those to rows of the workspace that the transaction has set. */
export const WORKSPACE_ROLE = 'clankerbot_workspace';
export const WORKSPACE_SETTING = 'clankerbot.workspace';

/** No such role, it may not be taken, or (asked for by name, as it exists nowhere) no row is guarded from it. */
const CANNOT_ENTER = new Set(['22023', '42501', '42704', '42883', '3F000']);

/** A connection that is held by nobody else. */
export interface HeldConnection {
  say(statements: string): Promise<unknown>;
  /** Also sees to it that a connection that cannot do it is not used again. */
  rollback(): Promise<unknown>;
}

/** Makes the open transaction one of the workspace; all of it ends with the transaction. */
export async function enterWorkspace(
  workspaceId: string,
  say: HeldConnection['say'],
  begin = '',
): Promise<void> {
  try {
    await say(`${begin}${entering(workspaceId)}`);
  } catch (error) {
    if (!CANNOT_ENTER.has(String((error as { code?: unknown }).code))) throw error;
    throw new WorkspacesNotSeparateError(error);
  }
}

/** Carries out work in a transaction of its own for a workspace, which ends with it. */
export async function inWorkspace<T>(
  workspaceId: string,
  connection: HeldConnection,
  work: () => Promise<T>,
): Promise<T> {
  try {
    await enterWorkspace(workspaceId, (text) => connection.say(text), 'begin; ');
    const result = await work();
    await connection.say('commit');
    return result;
  } catch (error) {
    await connection.rollback().catch(() => undefined); // Why it was to be rolled back says more.
    throw error;
  }
}

/** Fails where the role is exempt from the policies, or nobody has switched them on: then every row would be seen. */
function entering(workspaceId: string): string {
  return `set local role ${WORKSPACE_ROLE};
    select case when row_security_active('clankerbot.events')
      then set_config('${WORKSPACE_SETTING}', ${pg.escapeLiteral(workspaceId)}, true)
      else current_setting('clankerbot.rows_are_not_guarded') end`;
}
