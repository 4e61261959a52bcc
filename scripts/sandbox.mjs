// The Clockify sandbox alone: `npm run sandbox -- PORT`.
import { ClockifySandbox } from '../dist/clockify-sandbox/clockify-sandbox.js';

const [port = '8900'] = process.argv.slice(2);
const sandbox = new ClockifySandbox();
await sandbox.start(Number(port));
console.log('A Clockify sandbox is running; stop it with Ctrl-C. Point a service at it with:\n');
for (const [name, value] of Object.entries(sandbox.environment)) console.log(`${name}=${value}`);
console.log(`\nWorkspace ${sandbox.workspace.id}, user ${sandbox.user.id}. State is forgotten at the end.`);
await new Promise((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve));
await sandbox.stop();
