import { readFileSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { startPostgres } from '../support/postgres-server.ts';
import { alternate, load, median, startServer, table } from './support/load.ts';
import { type Service, startService } from './support/service.ts';

/**
 * What the main job costs: reading a text through the full stack beside a bare Express route that splits it, and what
 * a run adds to the time of its upstream, journal included. `npm run build` first.
 */
const PARSE_GOAL = 0.6;
const RUN_GOAL_MS = 2;
const WORKSPACE = '64a687e29ae1f428e7ebe303';
const JSON_TYPE = { 'Content-Type': 'application/json' };
const here = import.meta.dirname;

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

/** Milliseconds for one request and its answer, on a kept connection. */
function timeOne(url: string, body: string | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    const startedMs = performance.now();
    const headers = body === undefined ? {} : { ...JSON_TYPE, 'Content-Length': Buffer.byteLength(body) };
    const request = httpRequest(
      url,
      { method: body === undefined ? 'GET' : 'POST', agent, headers },
      (response) => {
        response.resume();
        response.on('end', () => {
          if ((response.statusCode ?? 500) >= 300)
            reject(new Error(`${url} answered ${response.statusCode}`));
          else resolve(performance.now() - startedMs);
        });
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

interface RunCost {
  'upstream p50 ms': number;
  'run p50 ms': number;
  'run p99 ms': number;
  'adds p50 ms': number;
  /** The same over the quietest quarter of blocks of 50: what is left where other work disturbs less. */
  'adds, quiet ms': number;
}

const ROUNDS = 800;
const BLOCK = 50;

/** One request at a time, the upstream and the run in turn, so that both meet the same machine. */
async function costOfRun(direct: [string, string?], run: [string, string]): Promise<RunCost> {
  const upstreamMs: number[] = [];
  const runMs: number[] = [];
  for (let i = -ROUNDS / 4; i < ROUNDS; i++) {
    const upstream = await timeOne(direct[0], direct[1]);
    const ours = await timeOne(...run);
    if (i < 0) continue;
    upstreamMs.push(upstream);
    runMs.push(ours);
  }
  const blocks = Array.from({ length: ROUNDS / BLOCK }, (_, b) => {
    const part = [b * BLOCK, (b + 1) * BLOCK] as const;
    return median(runMs.slice(...part)) - median(upstreamMs.slice(...part));
  }).sort((a, b) => a - b);
  const sorted = [...runMs].sort((a, b) => a - b);
  const round = (ms: number): number => Number(ms.toFixed(2));
  return {
    'upstream p50 ms': round(median(upstreamMs)),
    'run p50 ms': round(median(runMs)),
    'run p99 ms': round(sorted[Math.floor(ROUNDS * 0.99)] ?? Number.NaN),
    'adds p50 ms': round(median(runMs) - median(upstreamMs)),
    'adds, quiet ms': round(median(blocks.slice(0, blocks.length / 4))),
  };
}

/** Processor time that a process has used, in milliseconds; undefined where there is no /proc. */
function cpuMs(pid: number | undefined): number | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return undefined;
  }
}

async function benchParse(service: Service): Promise<void> {
  const bare = await startServer(join(here, 'bare-parse-server.mjs'));
  const body = JSON.stringify({ text: `clockify.create_client workspaceId=${WORKSPACE} name=Acme` });
  const options = { method: 'POST', body, headers: JSON_TYPE, seconds: 2 };
  const cpu: Record<string, number[]> = { bare: [], ours: [] };
  const measured = (name: string, url: string, pid: number | undefined) => () => {
    const before = cpuMs(pid);
    const result = load(`${url}/actions/parse`, options);
    const after = cpuMs(pid);
    if (before !== undefined && after !== undefined) {
      cpu[name]?.push(((after - before) * 1000) / (result.perSecond * options.seconds));
    }
    return result;
  };
  const results = alternate(
    {
      'bare Express': measured('bare', bare.url, bare.child.pid),
      Clankerbot: measured('ours', service.url, service.child.pid),
    },
    3,
  );
  await bare.stop();
  table(results);
  const share = results.Clankerbot.perSecond / results['bare Express'].perSecond;
  console.log(`parse, full stack: ${share.toFixed(2)} of bare Express (goal: at least ${PARSE_GOAL})`);
  const [bareUs, oursUs] = [median(cpu['bare'] ?? []), median(cpu['ours'] ?? [])];
  console.log(
    `processor time per request: ${bareUs.toFixed(0)} µs bare, ${oursUs.toFixed(0)} µs ours, all threads\n`,
  );
}

async function benchRun(service: Service, upstream: string, title: string): Promise<void> {
  const read = JSON.stringify({ integration: 'clockify', operation: 'get_user' });
  const params = { workspaceId: WORKSPACE, body: { name: 'Acme' } };
  const write = JSON.stringify({ integration: 'clockify', operation: 'create_client', params });
  const run = `${service.url}/actions/run`;
  const client = JSON.stringify(params.body);
  const rows = {
    'a read': await costOfRun([`${upstream}/v1/user`], [run, read]),
    'a write': await costOfRun([`${upstream}/v1/workspaces/${WORKSPACE}/clients`, client], [run, write]),
  };
  console.log(title);
  console.table(rows);
  const most = Math.max(...Object.values(rows).map((row) => row['adds p50 ms']));
  const quiet = Math.max(...Object.values(rows).map((row) => row['adds, quiet ms']));
  console.log(`a run adds ${most} ms p50 at the most, ${quiet} ms in quiet (goal: under ${RUN_GOAL_MS})\n`);
}

const upstream = await startServer(join(here, 'upstream-server.mjs'));
const postgres = await startPostgres();
const services: Service[] = [];
const start = async (env: Record<string, string>): Promise<Service> => {
  const service = await startService({
    CLOCKIFY_API_KEY: 'bench-key-0001',
    CLOCKIFY_REQUESTS_PER_SECOND: '100000',
    CLOCKIFY_BASE_URL: upstream.url,
    ...env,
  });
  services.push(service);
  return service;
};
try {
  const embedded = await start({});
  await benchParse(embedded);
  await benchRun(embedded, upstream.url, 'POST /actions/run on the embedded database');
  await embedded.stop();
  const onServer = await start({ DATABASE_URL: postgres.url });
  await benchRun(onServer, upstream.url, 'POST /actions/run on Postgres, every commit on disk');
} finally {
  for (const service of services) await service.stop();
  await postgres.destroy();
  await upstream.stop();
  agent.destroy();
}
