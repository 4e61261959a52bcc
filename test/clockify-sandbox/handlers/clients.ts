import { pathOf, type SandboxCall, type SandboxHandlers } from '../sandbox-call.js';
import { claimName, filtered, sorted } from '../sandbox-lists.js';
import { invalid } from '../sandbox-refusal.js';
import type { SandboxState } from '../sandbox-state.js';

const EMPTY = { archived: false, email: null, address: null, note: null, ccEmails: [], currencyId: null };

export const clientHandlers: SandboxHandlers = {
  getClients: (call, state) => sorted(call, filtered(call, state.list(call.workspaceId, 'clients'))),

  getClient: (call, state) => withCurrency(state.get(call.workspaceId, 'clients', pathOf(call, 'id'))),

  createClient(call, state) {
    const { workspaceId, body } = call;
    claim(call, state);
    // The vendor takes no currency code here, only a currency's id on update.
    const client = state.add(workspaceId, 'clients', {
      ...EMPTY,
      ...body,
      archived: false,
      currencyId: null,
    });
    state.emit(workspaceId, 'NEW_CLIENT', client);
    return withCurrency(client);
  },

  updateClient(call, state) {
    const { workspaceId, body, query } = call;
    const id = pathOf(call, 'id');
    const before = state.get(workspaceId, 'clients', id);
    const name = body['name'] ?? before['name'];
    claim(call, state, name, id);
    // Replaces: what is left out is cleared, except the name and whether it is archived.
    const client = state.change(workspaceId, 'clients', id, {
      ...EMPTY,
      archived: before['archived'],
      ...body,
      name,
    });
    if (query['archive-projects'] === true && client['archived'] === true)
      archiveProjects(workspaceId, id, state);
    state.emit(workspaceId, 'CLIENT_UPDATED', client);
    return client;
  },

  deleteClient(call, state) {
    const id = pathOf(call, 'id');
    const client = state.get(call.workspaceId, 'clients', id);
    if (client['archived'] !== true) throw invalid('Cannot delete an active client');
    state.remove(call.workspaceId, 'clients', id);
    state.emit(call.workspaceId, 'CLIENT_DELETED', client);
    return client;
  },
};

function claim(
  call: SandboxCall,
  state: SandboxState,
  name: unknown = call.body['name'],
  exceptId = '',
): void {
  claimName(state, { workspaceId: call.workspaceId, collection: 'clients', label: 'Client', name, exceptId });
}

function withCurrency(client: object): object {
  return { ...client, currencyCode: 'USD' };
}

function archiveProjects(workspaceId: string, clientId: string, state: SandboxState): void {
  for (const project of state.list(workspaceId, 'projects')) {
    if (project['clientId'] === clientId)
      state.change(workspaceId, 'projects', project.id, { archived: true });
  }
}
