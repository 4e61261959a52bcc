// Shows the whole pipeline on a machine with no credentials: a Clockify sandbox, the service on an embedded database
// in a temporary directory, and one request after the other with its answer. `-- --keep` leaves both running.
import { startService, stopService, WEBHOOK_TOKEN } from './demo-service.mjs';
import { followUps, steps } from './demo-steps.mjs';
import { ClockifySandbox } from '../dist/clockify-sandbox/clockify-sandbox.js';

const isKept = process.argv.includes('--keep');
let isThrough = false;
for (const [signal, number] of [
  ['SIGINT', 2],
  ['SIGTERM', 15],
]) {
  process.once(signal, () => {
    if (!isThrough) void stopService().finally(() => process.exit(128 + number));
  });
}
const sandbox = new ClockifySandbox();
await sandbox.start();
const service = await startService(sandbox.environment);
sandbox.add('webhooks', {
  name: 'demo',
  url: `${service.url}/webhooks/clockify`,
  webhookEvent: 'NEW_TIMER_STARTED',
  triggerSourceType: 'WORKSPACE_ID',
  authToken: WEBHOOK_TOKEN,
  enabled: true,
});
console.log(`A Clockify sandbox stands at ${sandbox.url}, the service at ${service.url}.\n`);

let failures = 0;
const known = { service: service.url, sandbox };
for (const step of steps) {
  const request = step.request(known);
  console.log(`— ${step.title}\n\n${curl(service.url, request)}`);
  const answer = await send(service.url, request);
  console.log(`${answer.status} ${shortened(answer.body)}\n`);
  if (step.isExpected(answer) && (await step.hasFollowed?.(known)) !== false)
    step.learn?.(answer.body, known);
  else {
    failures += 1;
    console.log(`  This is not the expected answer.\n`);
  }
}
console.log(failures === 0 ? 'All answers were as expected.' : `${failures} answers were not as expected.`);

if (isKept) {
  console.log(`\nBoth keep running; stop them with Ctrl-C. Try:\n\n${followUps(known).join('\n\n')}`);
  isThrough = true;
  await new Promise((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve));
}
await stopService();
await sandbox.stop();
process.exitCode = failures === 0 ? 0 : 1;

async function send(origin, { method = 'GET', path, headers = {}, body }) {
  const response = await fetch(`${origin}${path}`, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}

function curl(origin, { method = 'GET', path, headers = {}, body }) {
  const lines = [
    `$ curl ${method === 'GET' ? '' : `-X ${method} `}'${origin}${path}'`,
    ...Object.entries(headers).map(([name, value]) => `-H '${name}: ${value}'`),
    ...(body === undefined ? [] : [`-H 'Content-Type: application/json'`, `-d '${JSON.stringify(body)}'`]),
  ];
  return lines.join(' \\\n    ');
}

/** Whole when it is short, else its beginning. */
function shortened(body) {
  const text = JSON.stringify(body, null, 2);
  const lines = text.split('\n');
  return lines.length <= 24
    ? text
    : [...lines.slice(0, 24), `  … ${lines.length - 24} more lines`].join('\n');
}
