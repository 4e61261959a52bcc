import { pathOf, type SandboxCall, type SandboxHandlers } from '../sandbox-call.js';
import { type Entity, fieldsOf, listOf } from '../sandbox-entity.js';
import { claimName, filtered } from '../sandbox-lists.js';
import type { SandboxState } from '../sandbox-state.js';

const FIELDS = 'customFields';
const EMPTY = {
  allowedValues: [],
  description: '',
  placeholder: '',
  entityType: 'TIMEENTRY',
  onlyAdminCanEdit: false,
  required: false,
  status: 'VISIBLE',
  workspaceDefaultValue: null,
};

/** These lists are never cut into pages. */
export const customFieldHandlers: SandboxHandlers = {
  ofWorkspace: (call, state) => listed(call, state),

  create(call, state) {
    claim(call, state);
    return state.add(call.workspaceId, FIELDS, { ...EMPTY, projectDefaultValues: [], ...call.body });
  },

  editCustomField(call, state) {
    const { id } = byPath(call, state);
    claim(call, state, id);
    return state.change(call.workspaceId, FIELDS, id, { ...EMPTY, ...call.body });
  },

  delete(call, state) {
    state.remove(call.workspaceId, FIELDS, byPath(call, state).id);
  },

  getCustomFieldsOfProject(call, state) {
    state.get(call.workspaceId, 'projects', pathOf(call, 'projectId'));
    return listed(call, state);
  },

  editProjectCustomFieldDefaultValue(call, state) {
    const { defaultValue: value = null, status = 'VISIBLE' } = call.body;
    const projectId = pathOf(call, 'projectId');
    return setProjectValues(call, state, [{ projectId, value, status }]);
  },

  removeDefaultValueOfProject: (call, state) => setProjectValues(call, state, []),
};

function listed(call: SandboxCall, state: SandboxState): Entity[] {
  const { status, 'entity-type': entityType } = call.query;
  return filtered(call, state.list(call.workspaceId, FIELDS)).filter(
    (field) =>
      (status === undefined || field['status'] === status) &&
      (entityType === undefined || listOf(entityType).concat(entityType).includes(field['entityType'])),
  );
}

function byPath(call: SandboxCall, state: SandboxState): Entity {
  return state.get(call.workspaceId, FIELDS, pathOf(call, 'customFieldId'));
}

function setProjectValues(call: SandboxCall, state: SandboxState, own: object[]): Entity {
  const projectId = state.get(call.workspaceId, 'projects', pathOf(call, 'projectId')).id;
  const field = byPath(call, state);
  const others = listOf(field['projectDefaultValues']).filter((v) => fieldsOf(v)['projectId'] !== projectId);
  return state.change(call.workspaceId, FIELDS, field.id, { projectDefaultValues: [...others, ...own] });
}

function claim(call: SandboxCall, state: SandboxState, exceptId = ''): void {
  const { name } = call.body;
  claimName(state, {
    workspaceId: call.workspaceId,
    collection: FIELDS,
    label: 'Custom field',
    name,
    exceptId,
  });
}
