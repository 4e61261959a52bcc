import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { freePort } from '../support/postgres-server.js';
import { until } from '../support/until.js';
import { ALERTS_FILE } from './monitoring-files.js';

const CACHE = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
const folders = [
  ...(process.env['PATH'] ?? '').split(':'),
  join(CACHE, 'clankerbot/prometheus/usr/bin'), // where scripts/install-promtool.sh puts it
];
const bin = folders.find((folder) =>
  ['promtool', 'prometheus'].every((name) => existsSync(join(folder, name))),
);
if (bin === undefined) {
  if (process.env['CI'] === 'true') throw new Error('CI needs Prometheus: scripts/install-promtool.sh');
  process.stderr.write('Skipping what needs Prometheus: run scripts/install-promtool.sh once.\n');
}

/** For what only Prometheus itself can say. Skipped where there is none, except in CI, which must have it. */
export const describeOnPrometheus = bin === undefined ? describe.skip : describe;

/** What promtool prints; fails, with that, where it finds a fault. */
export function promtool(...args: string[]): string {
  try {
    return execFileSync(join(bin ?? '', 'promtool'), args, { encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`promtool ${args.join(' ')}:\n${stdout}${stderr}`, { cause: error });
  }
}

export interface PrometheusServer {
  get<T>(path: string, query?: Record<string, string>): Promise<T>;
  close(): Promise<void>;
}

/** A Prometheus that reads this service ten times as often as usual, with our rules. */
export async function startPrometheus(target: string): Promise<PrometheusServer> {
  const directory = mkdtempSync(join(tmpdir(), 'clankerbot-prometheus-'));
  const config = {
    global: { scrape_interval: '500ms', scrape_timeout: '400ms', evaluation_interval: '1s' },
    rule_files: [ALERTS_FILE],
    scrape_configs: [{ job_name: 'clankerbot', static_configs: [{ targets: [new URL(target).host] }] }],
  };
  writeFileSync(join(directory, 'prometheus.yml'), stringify(config));
  const port = await freePort();
  const child = spawn(
    join(bin ?? '', 'prometheus'),
    [
      `--config.file=${join(directory, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(directory, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const url = `http://127.0.0.1:${port}`;
  await until(async () => (await fetch(`${url}/-/ready`).catch(() => undefined))?.status === 200, {
    withinMs: 20_000,
    what: 'Prometheus to be ready',
  });
  return {
    async get<T>(path: string, query: Record<string, string> = {}): Promise<T> {
      const response = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(query).toString()}`);
      const body = (await response.json()) as { status: string; error?: string; data: T };
      if (body.status !== 'success') throw new Error(`${body.error}: ${query['query'] ?? path}`);
      return body.data;
    },
    async close() {
      child.kill('SIGTERM');
      await once(child, 'exit');
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
