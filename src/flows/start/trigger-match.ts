import type { FlowTrigger } from '../document/flow-definition.js';
import type { FlowRow } from '../flows.repository.js';
import type { EventFacts } from '../flows.tables.js';

const OWN_KINDS = ['clockify', 'slack', 'github'];

/** Whether an event starts the flow: that of a workspace waits for events of that workspace only. */
export function waitsFor(
  flow: Pick<FlowRow, 'definition' | 'workspace_id'>,
  event: Pick<EventFacts, 'source' | 'type' | 'workspaceId'>,
): boolean {
  if (flow.workspace_id !== null && flow.workspace_id !== event.workspaceId) return false;
  return triggers(flow.definition.trigger, event);
}

/** Whether an event is of the kind that a trigger names; a trigger that names nothing waits for no event. */
export function triggers(
  trigger: FlowTrigger,
  event: Pick<EventFacts, 'source' | 'type' | 'workspaceId'>,
): boolean {
  const { source, events, workspace } = trigger;
  if (source.length + events.length + workspace.length === 0) return false;
  return (
    (source.length === 0 || source.some((name) => isSource(name.toLowerCase(), event.source))) &&
    (events.length === 0 || events.includes('*') || events.includes(event.type)) &&
    (workspace.length === 0 || (event.workspaceId !== null && workspace.includes(event.workspaceId)))
  );
}

/** `custom` is what the predecessors called every source that is none of the built-in ones. */
function isSource(wanted: string, source: string): boolean {
  return wanted === source || (wanted === 'custom' && !OWN_KINDS.includes(source));
}
