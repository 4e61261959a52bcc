import { addDays, instantOf, type Day } from '../../clock/wall-time.js';
import type { Params } from '../../integrations/integration.js';
import type { Meant } from './meant.js';
import type { SayingContext } from './outcome.js';

/** The operation and the params that carry out what is meant. */
export function actionFor(meant: Meant, context: SayingContext): { operation: string; params: Params } {
  const { workspaceId } = context;
  const operation = meant.operation === 'report' ? 'summary_report' : meant.operation;
  return {
    operation,
    params: { ...(operation === 'list_workspaces' ? {} : { workspaceId }), ...paramsOf(meant, context) },
  };
}

function paramsOf(meant: Meant, context: SayingContext): Params {
  const { project, client, name, billable } = meant;
  switch (meant.operation) {
    case 'create_time_entry':
    case 'start_timer':
      return entryParams(meant);
    case 'list_time_entries':
      return {
        ...(context.userId === undefined ? {} : { userId: context.userId }),
        ...boundsOf(meant, context, ['start', 'end']),
        ...(project && { project: project.id }),
      };
    case 'report':
      return {
        ...boundsOf(meant, context, ['dateRangeStart', 'dateRangeEnd']),
        ...(project && { projects: { ids: [project.id] } }),
        ...(client && !project && { clients: { ids: [client.id] } }),
      };
    case 'create_project':
      return {
        name,
        ...(client && { clientId: client.id }),
        ...(billable === undefined ? {} : { billable }),
      };
    case 'create_client':
    case 'create_tag':
      return { name };
    case 'create_task':
      return { projectId: project?.id, name };
    case 'list_tasks':
      return { projectId: project?.id };
    case 'list_projects':
      return { ...(client && { clients: client.id }), ...(meant.isArchived ? { archived: true } : {}) };
    case 'list_clients':
    case 'list_tags':
      return meant.isArchived ? { archived: true } : {};
    default:
      return {};
  }
}

function entryParams({ startMs, endMs, project, task, tags, description, billable }: Meant): Params {
  return {
    ...(startMs === undefined ? {} : { start: isoSeconds(startMs) }),
    ...(endMs === undefined ? {} : { end: isoSeconds(endMs) }),
    ...(project && { projectId: project.id }),
    ...(task && { taskId: task.id }),
    ...(tags.length > 0 ? { tagIds: tags.map(({ id }) => id) } : {}),
    ...(description === undefined ? {} : { description }),
    ...(billable === undefined ? {} : { billable }),
  };
}

/** The last second of the last day, because Clockify takes the end as a part of the span. */
function boundsOf(
  { period }: Meant,
  { zone }: SayingContext,
  [start, end]: readonly [string, string],
): Params {
  if (!period) return {};
  return {
    [start]: isoSeconds(startOf(period.from, zone)),
    [end]: isoSeconds(startOf(addDays(period.to, 1), zone) - 1000),
  };
}

function startOf(day: Day, zone: string): number {
  return instantOf(day, zone);
}

function isoSeconds(instantMs: number): string {
  return new Date(instantMs).toISOString().replace(/\.\d+Z$/, 'Z');
}
