import { join } from 'node:path';
import { alternate, load, startServer, table } from './support/load.ts';

/** What the whole stack (request id, access line, envelope, validation) costs beside bare Express. Goal: at most 1.6 ×. */
const GOAL = 1.6;
const script = (name: string): string => join(import.meta.dirname, name);
const body = JSON.stringify({ text: 'clockify.get_user', count: 3 });
const options = { method: 'POST', body, headers: { 'Content-Type': 'application/json' }, connections: 32 };

const bare = await startServer(script('bare-express-server.mjs'));
const ours = await startServer(script('stack-server.mjs'));
try {
  const results = alternate({
    'bare Express': () => load(`${bare.url}/echo`, options),
    Clankerbot: () => load(`${ours.url}/echo`, options),
  });
  table(results);
  const ratio = results['bare Express'].perSecond / results.Clankerbot.perSecond;
  console.log(`cost of the stack: ${ratio.toFixed(2)} × bare Express (goal: at most ${GOAL})`);
} finally {
  await bare.stop();
  await ours.stop();
}
