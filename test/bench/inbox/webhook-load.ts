import { runLoad } from './http-load.ts';

/** The load of `inbox.ts` in a process of its own: node webhook-load.ts PORT PATH CONNECTIONS SECONDS [RATE] */
const [port = '', path = '', connections = '', seconds = '', rate] = process.argv.slice(2);
const base = Date.now().toString(36);
let counter = 0;

function makeRequest(): Buffer {
  const n = ++counter;
  const body = JSON.stringify({
    id: `${base}${n}`,
    description: 'Working on the quarterly report, with enough words to be like a real one',
    tagIds: ['64c777ddd3fcab07cfbb210c', '64c777ddd3fcab07cfbb210d'],
    userId: '5a0ab5acb07987125438b60f',
    billable: true,
    taskId: null,
    projectId: `64a687e29ae1f428e7ebe${n % 1000}`,
    timeInterval: { start: '2026-11-20T08:00:00Z', end: '2026-11-20T09:30:00Z', duration: 'PT1H30M' },
    workspaceId: '64a687e29ae1f428e7ebe303',
    isLocked: false,
    hourlyRate: { amount: 5000, currency: 'EUR' },
    customFieldValues: [],
    user: { id: '5a0ab5acb07987125438b60f', name: 'Ada Lovelace', status: 'ACTIVE' },
  });
  const head = [
    `POST ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'X-Webhook-Secret: bench-secret',
    'Clockify-Webhook-Event-Type: NEW_TIME_ENTRY',
    `X-Clockify-Event-Id: ${base}-${n}`,
  ].join('\r\n');
  return Buffer.from(`${head}\r\n\r\n${body}`);
}

const result = await runLoad({
  port: Number(port),
  connections: Number(connections),
  seconds: Number(seconds),
  warmUpSeconds: 2,
  makeRequest,
  ...(rate ? { rate: Number(rate) } : {}),
});
console.log(JSON.stringify(result));
