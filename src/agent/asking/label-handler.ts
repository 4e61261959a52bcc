import { Injectable } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import type { EventContext, EventHandler, EventKind, StoredEvent } from '../../events/event-handler.js';
import { Database } from '../../storage/database.js';
import type { GithubIssue } from './github-reader.js';
import { type AskedIssue, IssueAsking } from './issue-asking.js';

/** Hears of labels by GitHub's webhook. The event is handled and the task is in line in one transaction, or neither. */
@Injectable()
export class LabelHandler implements EventHandler {
  readonly name = 'agent-labels';

  constructor(
    private readonly asking: IssueAsking,
    private readonly db: Database,
    @InjectPinoLogger('agent') private readonly log: PinoLogger,
  ) {}

  async interest(): Promise<(kind: EventKind) => boolean> {
    return ({ source, type }) => source === 'github' && type === 'issues.labeled';
  }

  async sift(): Promise<(event: StoredEvent) => boolean> {
    return ({ payload }) => {
      const name = (payload as { label?: { name?: unknown } } | null)?.label?.name;
      return typeof name === 'string' && this.asking.isAsking(name);
    };
  }

  async handle(event: StoredEvent, context: EventContext): Promise<void> {
    const asked = askedBy(event.payload);
    const asking = asked ? await this.asking.read(asked) : { ignored: 'it is about no issue' };
    const id = await this.db.transaction().execute(async (transaction) => {
      await context.recordHandled(transaction);
      return 'task' in asking ? (await this.asking.enqueue(asking.task, transaction)).id : undefined;
    });
    const line = { event_id: event.id, subject: event.subjectId, ...('ignored' in asking ? asking : {}) };
    this.log.info(id === undefined ? line : { ...line, task_id: id }, 'A label was put on an issue');
  }
}

function askedBy(payload: unknown): AskedIssue | undefined {
  const { repository, issue } = (payload ?? {}) as {
    repository?: { full_name?: unknown };
    issue?: Partial<GithubIssue>;
  };
  if (typeof repository?.full_name !== 'string' || typeof issue?.number !== 'number') return undefined;
  if (typeof issue.title !== 'string' || typeof issue.state !== 'string' || !Array.isArray(issue.labels))
    return undefined;
  return { repository: repository.full_name, number: issue.number, issue: issue as GithubIssue };
}
