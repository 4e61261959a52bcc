import { type Day, daysBetween } from '../../clock/wall-time.js';
import { todayIn } from './days.js';
import { Doubt } from './doubt.js';
import type { Gathered } from './gathered.js';
import type { LanguageCode } from './language.js';
import type { Entity } from './names.js';
import type { Assumed, SayingContext } from './outcome.js';
import { nameKey } from './names.js';
import type { Operation } from './sense.js';
import { instantAt, spanOf } from './time-span.js';

/** Everything that a request comes to: two sentences that mean the same have the same. */
export interface Meant {
  operation: Operation;
  startMs?: number;
  endMs?: number;
  project?: Entity;
  client?: Entity;
  task?: Entity;
  tags: readonly Entity[];
  description?: string;
  billable?: boolean;
  isArchived: boolean;
  name?: string;
  period?: { from: Day; to: Day };
  assumed: readonly Assumed[];
}

interface Named {
  project?: Entity;
  client?: Entity;
  task?: Entity;
  tags: readonly Entity[];
}

const TIMES = ['minutes', 'days', 'since', 'range', 'start', 'end'] as const;
type Said =
  (typeof TIMES)[number] | 'project' | 'client' | 'task' | 'tags' | 'description' | 'billable' | 'archived';

const ENTRY: readonly Said[] = ['project', 'client', 'task', 'tags', 'description', 'billable'];
/** What may be said with an operation. */
const SLOTS: Readonly<Record<Operation, readonly Said[]>> = {
  create_time_entry: [...ENTRY, ...TIMES],
  start_timer: [...ENTRY, 'start', 'days'],
  stop_timer: [],
  current_timer: [],
  list_time_entries: ['days', 'since', 'project', 'client'],
  report: ['days', 'since', 'project', 'client'],
  create_project: ['client', 'billable'],
  create_client: [],
  create_task: ['project', 'client'],
  create_tag: [],
  list_projects: ['client', 'archived'],
  list_clients: ['archived'],
  list_tags: ['archived'],
  list_tasks: ['project', 'client'],
  list_users: [],
  list_workspaces: [],
  help: [],
};

/** What is meant by what was said, or what is doubtful about it. */
export function meantBy(said: Gathered, language: LanguageCode, context: SayingContext): Meant | Doubt {
  const odd = saidIn(said).find((slot) => !SLOTS[said.operation].includes(slot));
  if (odd) return new Doubt(odd, 'does_not_fit');
  const named = namesOf(said, context);
  if (named instanceof Doubt) return named;
  const base = { operation: said.operation, isArchived: said.isArchived, assumed: [], ...named };
  switch (said.operation) {
    case 'create_time_entry':
      return entryOf(said, base, language, context);
    case 'start_timer':
      return timerOf(said, base, context);
    case 'list_time_entries':
    case 'report':
      return periodOf(said, base, context);
    case 'create_client':
    case 'create_project':
    case 'create_task':
    case 'create_tag':
      return creationOf(said, base, context);
    case 'list_tasks':
      return named.project ? base : new Doubt('project', 'missing');
    default:
      return base;
  }
}

function saidIn(said: Gathered): Said[] {
  const found: Said[] = TIMES.filter((slot) => said[slot] !== undefined);
  if (said.projects.length > 0) found.push('project');
  if (said.clients.length > 0) found.push('client');
  if (said.tasks.length > 0) found.push('task');
  if (said.tags.length > 0) found.push('tags');
  if (said.description !== undefined) found.push('description');
  if (said.billable !== undefined) found.push('billable');
  if (said.isArchived) found.push('archived');
  return found;
}

function namesOf(said: Gathered, { names }: SayingContext): Named | Doubt {
  const client = said.clients[0] && chosen('client', said.clients[0]);
  if (client instanceof Doubt) return client;
  const project = said.projects[0] && chosenProject(said.projects[0], client, said.tasks[0]);
  if (project instanceof Doubt) return project;
  const task = said.tasks[0] && chosenTask(said.tasks[0], project);
  if (task instanceof Doubt) return task;
  const tags: Entity[] = [];
  for (const entities of said.tags) {
    const tag = chosen('tag', entities);
    if (tag instanceof Doubt) return tag;
    if (!tags.includes(tag)) tags.push(tag);
  }
  const owner = client ?? (project?.clientId === undefined ? undefined : names.byId(project.clientId));
  return { tags, ...(project && { project }), ...(owner && { client: owner }), ...(task && { task }) };
}

function chosen(slot: string, entities: readonly Entity[]): Entity | Doubt {
  const active = entities.filter(({ archived }) => archived !== true);
  const [first, second] = active;
  if (!first) return new Doubt(slot, 'archived', entities);
  return second ? new Doubt(slot, 'several', active) : first;
}

function chosenProject(
  entities: readonly Entity[],
  client: Entity | undefined,
  tasks: readonly Entity[] | undefined,
): Entity | Doubt {
  const ofClient = client ? entities.filter(({ clientId }) => clientId === client.id) : entities;
  if (ofClient.length === 0) return new Doubt('client', 'other_client', entities);
  const withTask = ofClient.filter(({ id }) => tasks?.some(({ projectId }) => projectId === id));
  return chosen('project', withTask.length > 0 ? withTask : ofClient);
}

function chosenTask(entities: readonly Entity[], project: Entity | undefined): Entity | Doubt {
  if (!project) return new Doubt('project', 'missing', entities);
  const own = entities.filter(({ projectId }) => projectId === project.id);
  return own.length === 0 ? new Doubt('task', 'other_project', entities) : chosen('task', own);
}

function entryOf(said: Gathered, base: Meant, language: LanguageCode, context: SayingContext): Meant | Doubt {
  const isEnough = base.project !== undefined || (said.isSaid && said.isQuoted && !base.client);
  if (!isEnough) return new Doubt('project', 'missing');
  const span = spanOf(said, language, context);
  if (span instanceof Doubt) return span;
  const { description, billable } = said;
  return {
    ...base,
    ...span,
    ...(description === undefined ? {} : { description }),
    ...(billable === undefined ? {} : { billable }),
  };
}

function timerOf(said: Gathered, base: Meant, context: SayingContext): Meant | Doubt {
  if (base.client && !base.project) return new Doubt('project', 'missing');
  const { description, billable } = said;
  const rest = {
    ...base,
    ...(description === undefined ? {} : { description }),
    ...(billable === undefined ? {} : { billable }),
  };
  const today = todayIn(context);
  if (
    said.days &&
    (said.days.doubt !== undefined || !said.days.isOne || daysBetween(said.days.first, today) !== 0)
  )
    return new Doubt('day', 'not_today');
  if (!said.start) return said.days ? new Doubt('start', 'missing') : rest;
  if (said.start.isOpen && said.start.minute < 420) return new Doubt('start', 'before_or_after_noon');
  const startMs = instantAt(today, said.start.minute, context);
  if (startMs instanceof Doubt) return startMs;
  return startMs > context.nowMs ? new Doubt('start', 'in_the_future') : { ...rest, startMs };
}

function periodOf({ days, since, operation }: Gathered, base: Meant, context: SayingContext): Meant | Doubt {
  const doubt = days?.doubt ?? since?.doubt;
  if (doubt !== undefined) return new Doubt('period', doubt);
  if (days && since) return new Doubt('period', 'several');
  const today = todayIn(context);
  if (since) return { ...base, period: { from: since.first, to: today } };
  if (!days) return operation === 'report' ? new Doubt('period', 'missing') : base;
  if (daysBetween(days.first, days.last) < 0) return new Doubt('period', 'ends_before_it_begins');
  if (daysBetween(today, days.first) > 0) return new Doubt('period', 'in_the_future');
  return { ...base, period: { from: days.first, to: days.last } };
}

function creationOf(
  { name, operation, billable }: Gathered,
  base: Meant,
  { names }: SayingContext,
): Meant | Doubt {
  if (name === undefined) return new Doubt('name', 'missing');
  const kind = operation.slice('create_'.length);
  if (operation === 'create_task' && !base.project) return new Doubt('project', 'missing');
  const same = names.named(nameKey(name)).filter((entity) => entity.kind === kind && isBeside(entity, base));
  if (same.length > 0) return new Doubt('name', 'exists', same);
  return { ...base, name, ...(billable === undefined ? {} : { billable }) };
}

/** Tasks are told apart within their project, and projects within their client. */
function isBeside({ kind, projectId, clientId }: Entity, { project, client }: Meant): boolean {
  if (kind === 'task') return projectId === project?.id;
  return kind !== 'project' || client === undefined || clientId === client.id;
}
