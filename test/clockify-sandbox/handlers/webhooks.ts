import { randomBytes } from 'node:crypto';
import { AsIs, pathOf, type SandboxCall, type SandboxHandlers } from '../sandbox-call.js';
import { type Entity, type Fields, listOf, textOf } from '../sandbox-entity.js';
import type { Delivery, DeliveryLog, SandboxDeliveries } from '../sandbox-deliveries.js';
import { invalid } from '../sandbox-refusal.js';
import type { SandboxState } from '../sandbox-state.js';

/** These are about a user, so that a webhook for them must name users. */
const USER_EVENTS = new Set(['USER_EMAIL_CHANGED', 'USER_UPDATED']);

export function webhookHandlers(deliveries: SandboxDeliveries): SandboxHandlers {
  return {
    getWebhooks: (call, state) => envelope(call, state, (webhook) => webhook['addonId'] === undefined),

    getAddonWebhooks: (call, state) =>
      envelope(call, state, (webhook) => webhook['addonId'] === pathOf(call, 'addonId')),

    getWebhook: (call, state) => byPath(call, state),

    createWebhook(call, state) {
      check(call.body);
      return state.add(call.workspaceId, 'webhooks', {
        name: '',
        ...call.body,
        userId: call.user.id,
        authToken: newToken(),
        enabled: true,
        deliveryEnabled: true,
        planEnabled: true,
      });
    },

    updateWebhook(call, state) {
      check(call.body);
      return state.change(call.workspaceId, 'webhooks', byPath(call, state).id, call.body);
    },

    deleteWebhook(call, state) {
      state.remove(call.workspaceId, 'webhooks', byPath(call, state).id);
    },

    generateNewToken: (call, state) =>
      state.change(call.workspaceId, 'webhooks', byPath(call, state).id, { authToken: newToken() }),

    getLogsForWebhook(call, state) {
      const { from, to, sortByNewest, status = 'ALL' } = call.body;
      const logs = deliveries.logs(byPath(call, state).id).filter((log) => hasStatus(log, status));
      const inRange = logs.filter((log) => isWithin(log.respondedAt, from, to));
      return sortByNewest === true ? inRange.reverse() : inRange;
    },

    getWebhookStatuses(call, state) {
      const wanted = listOf(call.query['statuses']);
      const rows = deliveries.deliveries(byPath(call, state).id);
      return new AsIs(
        paged(call, wanted.length === 0 ? rows : rows.filter((row) => wanted.includes(row.status))),
      );
    },
  };
}

function byPath(call: SandboxCall, state: SandboxState): Entity {
  return state.get(call.workspaceId, 'webhooks', pathOf(call, 'webhookId'));
}

/** Not paged, whatever is asked. */
function envelope(call: SandboxCall, state: SandboxState, isWanted: (webhook: Entity) => boolean): Fields {
  const all = state.list(call.workspaceId, 'webhooks');
  return { webhooks: all.filter(isWanted), workspaceWebhookCount: all.length };
}

function check(body: Fields): void {
  // The vendor says this where the name is missing.
  if (textOf(body['name']) === undefined) throw invalid('Webhook already exists');
  if (!URL.canParse(String(body['url']))) throw invalid(`url is not valid: '${String(body['url'])}'`);
  const isAboutUsers = USER_EVENTS.has(String(body['webhookEvent']));
  const hasUsers = body['triggerSourceType'] === 'USER_ID' && listOf(body['triggerSource']).length > 0;
  if (isAboutUsers && !hasUsers)
    throw invalid(`${String(body['webhookEvent'])} needs a USER_ID trigger source`);
}

function newToken(): string {
  return randomBytes(24).toString('base64url');
}

function hasStatus(log: DeliveryLog, status: unknown): boolean {
  const hasSucceeded = log.statusCode >= 200 && log.statusCode < 300;
  return status === 'ALL' || hasSucceeded === (status === 'SUCCEEDED');
}

function isWithin(at: string, from: unknown, to: unknown): boolean {
  const ms = Date.parse(at);
  return (
    (textOf(from) === undefined || ms >= Date.parse(String(from))) &&
    (textOf(to) === undefined || ms <= Date.parse(String(to)))
  );
}

function paged(call: SandboxCall, rows: Delivery[]): Delivery[] {
  const size = Math.max(1, Number(call.query['size'] ?? 50));
  const start = Number(call.query['page'] ?? 0) * size;
  return rows.slice(start, start + size);
}
