import {
  CompiledQuery,
  type DatabaseConnection,
  PostgresDialect,
  type PostgresDialectConfig,
  PostgresDriver,
  type QueryResult,
  type TransactionSettings,
} from 'kysely';
import { currentWorkspace } from './workspace.js';
import { enterWorkspace, type HeldConnection, inWorkspace } from './workspace-bracket.js';

type Acquiring = Parameters<PostgresDriver['acquireConnection']>[0];
type Own = Parameters<PostgresDriver['releaseConnection']>[0];

/** Kysely's dialect, whose connections carry the workspace for which they were taken. */
export class WorkspaceDialect extends PostgresDialect {
  readonly #config: PostgresDialectConfig;

  constructor(config: PostgresDialectConfig) {
    super(config);
    this.#config = config;
  }

  override createDriver(): PostgresDriver {
    return new WorkspaceDriver(this.#config);
  }
}

/** Promises that a connection goes back to the pool as it came, whatever was done with it for a workspace. */
class WorkspaceDriver extends PostgresDriver {
  override async acquireConnection(options?: Acquiring): Promise<DatabaseConnection> {
    const connection = await super.acquireConnection(options);
    const workspaceId = currentWorkspace();
    if (workspaceId === undefined) return connection;
    return new WorkspaceConnection(workspaceId, connection, () =>
      super.rollbackTransaction(connection as Own),
    );
  }

  override async beginTransaction(
    connection: DatabaseConnection,
    settings: TransactionSettings,
  ): Promise<void> {
    await super.beginTransaction(ownOf(connection), settings);
    if (connection instanceof WorkspaceConnection) await connection.enterTransaction();
  }

  override async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await super.commitTransaction(ownOf(connection));
    if (connection instanceof WorkspaceConnection) connection.leaveTransaction();
  }

  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await super.rollbackTransaction(ownOf(connection));
    if (connection instanceof WorkspaceConnection) connection.leaveTransaction();
  }

  override releaseConnection(connection: DatabaseConnection): Promise<void> {
    return super.releaseConnection(ownOf(connection));
  }
}

const ownOf = (connection: DatabaseConnection): Own =>
  (connection instanceof WorkspaceConnection ? connection.own : connection) as Own;

/** A connection of the pool in the hands of a workspace: outside of a transaction each statement gets one of its own. */
class WorkspaceConnection implements DatabaseConnection {
  readonly #held: HeldConnection;
  #isInTransaction = false;

  constructor(
    private readonly workspaceId: string,
    readonly own: DatabaseConnection,
    rollback: () => Promise<void>,
  ) {
    this.#held = { say: (text) => own.executeQuery(CompiledQuery.raw(text)), rollback };
  }

  async enterTransaction(): Promise<void> {
    try {
      await enterWorkspace(this.workspaceId, (text) => this.#held.say(text));
      this.#isInTransaction = true;
    } catch (error) {
      // To Kysely it was never begun, so nobody else ends it.
      await this.#held.rollback().catch(() => undefined);
      throw error;
    }
  }

  leaveTransaction(): void {
    this.#isInTransaction = false;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    if (this.#isInTransaction) return this.own.executeQuery<R>(query);
    return inWorkspace(this.workspaceId, this.#held, () => this.own.executeQuery<R>(query));
  }

  streamQuery<R>(query: CompiledQuery, chunkSize: number): AsyncIterableIterator<QueryResult<R>> {
    if (!this.#isInTransaction) throw new Error('A workspace reads a stream inside of a transaction only');
    return this.own.streamQuery<R>(query, chunkSize);
  }
}
