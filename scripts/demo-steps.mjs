// What the demo asks, in order, and what it expects. A step may remember something for the ones after it.
import { WEBHOOK_SECRET } from './demo-service.mjs';

const isOk = ({ status, body }) => status === 200 && body.ok === true;
const run = (operation, params) => ({
  method: 'POST',
  path: '/actions/run',
  body: { integration: 'clockify', operation, params },
});
const webhook = {
  method: 'POST',
  path: '/webhooks/clockify',
  headers: { 'X-Webhook-Secret': WEBHOOK_SECRET, 'X-Clockify-Event-Id': 'evt_12345' },
  body: {
    id: 'entry123',
    userId: 'user123',
    workspaceId: 'ws123',
    timeInterval: { start: '2024-01-01T10:00:00Z', end: '2024-01-01T11:00:00Z' },
  },
};

export const steps = [
  { title: 'Is it alive?', request: () => ({ path: '/healthz' }), isExpected: isOk },
  { title: 'Is it ready, and what is configured?', request: () => ({ path: '/readyz' }), isExpected: isOk },
  {
    title: 'Text becomes an action',
    request: () => ({
      method: 'POST',
      path: '/actions/parse',
      body: { text: 'clockify.create_client workspaceId=123 name="Acme Ltd"' },
    }),
    isExpected: (answer) => isOk(answer) && answer.body.data.parser === 'rule',
  },
  {
    title: 'An action is carried out: who am I in Clockify?',
    request: () => run('get_user', {}),
    isExpected: (answer) => isOk(answer) && answer.body.email === 'you@example.com',
  },
  {
    title: 'Which workspaces are there?',
    request: () => run('list_workspaces', {}),
    isExpected: (answer) => isOk(answer) && answer.body.workspaces.length === 1,
    learn: (body, known) => (known.workspaceId = body.workspaces[0].id),
  },
  {
    title: 'Said in words: parsed and run in one call',
    request: ({ workspaceId }) => ({
      method: 'POST',
      path: '/actions/run',
      body: { text: `clockify.create_client workspaceId=${workspaceId} name="Acme Ltd"` },
    }),
    isExpected: (answer) => isOk(answer) && answer.body.name === 'Acme Ltd',
  },
  {
    title: 'What would be sent? Nothing is, in a dry run',
    request: ({ workspaceId }) => ({
      ...run('create_time_entry', { workspaceId, body: { start: '2026-01-05T09:00:00Z' } }),
      path: '/actions/run?dryRun=true',
    }),
    isExpected: (answer) => isOk(answer) && answer.body.dryRun === true,
  },
  {
    title: 'Time is booked, once: the key makes a repeat harmless',
    request: (known) => timeEntry(known),
    isExpected: isOk,
  },
  {
    title: 'The same again: the first answer, and no second entry',
    request: (known) => timeEntry(known),
    isExpected: isOk,
    hasFollowed: ({ sandbox }) => sandbox.list('timeEntries').length === 1,
  },
  {
    title: 'What is wrong is said before anything is called',
    request: ({ workspaceId }) => run('create_time_entry', { workspaceId, body: { start: 'yesterday' } }),
    isExpected: ({ status, body }) => status === 400 && body.error.code === 'validation_error',
  },
  {
    title: 'A timer is started, and the sandbox tells the service so by a webhook',
    request: ({ workspaceId }) => run('start_timer', { workspaceId, body: { description: 'Demo' } }),
    isExpected: isOk,
    hasFollowed: ({ sandbox }) => isDelivered(sandbox),
  },
  {
    title: 'Anybody who has the secret may deliver events',
    request: () => webhook,
    isExpected: (answer) => isOk(answer) && answer.body.data.duplicate === false,
  },
  {
    title: 'The same delivery again: recognised',
    request: () => webhook,
    isExpected: (answer) => isOk(answer) && answer.body.data.duplicate === true,
  },
  {
    title: 'A stranger is not let in',
    request: () => ({ ...webhook, headers: { 'X-Webhook-Secret': 'guessed' } }),
    isExpected: ({ status, body }) => status === 401 && body.error.code === 'unauthorized',
  },
  {
    title: 'Events are kept: the timer that was started',
    request: () => ({ path: '/events?type=NEW_TIMER_STARTED' }),
    isExpected: (answer) => isOk(answer) && answer.body.data.items.length === 1,
  },
  {
    title: 'The journal has every run',
    request: () => ({ path: '/actions/runs?limit=2' }),
    isExpected: (answer) => isOk(answer) && answer.body.data.items.length === 2,
  },
];

function timeEntry({ workspaceId }) {
  const body = { start: '2026-01-05T09:00:00Z', end: '2026-01-05T10:30:00Z', description: 'Planning' };
  return { ...run('create_time_entry', { workspaceId, body }), headers: { 'Idempotency-Key': 'demo-1' } };
}

async function isDelivered(sandbox) {
  await sandbox.deliveries.settled();
  const [webhook] = sandbox.list('webhooks');
  return sandbox.deliveries.deliveries(webhook.id).every(({ status }) => status === 'SUCCEEDED');
}

/** Lines to try by hand against what keeps running. */
export function followUps({ service, sandbox }) {
  const text = `clockify.list_clients workspaceId=${sandbox.workspace.id}`;
  return [
    `curl -X POST '${service}/actions/run' -H 'Content-Type: application/json' -d '{"text": "${text}"}'`,
    `curl '${service}/integrations/clockify/operations?search=timer'`,
    `curl '${service}/actions/runs'`,
    `# What the sandbox was sent, and how to make it fail three times and stop that again:`,
    `curl '${sandbox.url}/_sandbox/requests'`,
    `curl -X POST '${sandbox.url}/_sandbox/faults' -d '{"kind": "status", "status": 503, "path": "/clients", "times": 3}'`,
    `curl -X DELETE '${sandbox.url}/_sandbox/faults'`,
  ];
}
