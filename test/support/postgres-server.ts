import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

/** A throw-away Postgres on a free port of loopback. Run by plain Node too, so it imports nothing of the project. */
export interface PostgresServer {
  url: string;
  port: number;
  /** Stops as a crash does (immediate) or in good order (fast), and can be started again on the same data. */
  stop(mode?: 'fast' | 'immediate'): Promise<void>;
  start(): Promise<void>;
  /** Stops and removes everything. */
  destroy(): Promise<void>;
}

export async function startPostgres(settings: Record<string, string> = {}): Promise<PostgresServer> {
  const bin = findPostgresBin();
  const owner = unprivilegedOwner();
  const root = mkdtempSync(join(tmpdir(), 'clankerbot-pg-'));
  if (owner) chownSync(root, owner.uid, owner.gid);
  const data = join(root, 'data');
  const asOwner = owner ? { uid: owner.uid, gid: owner.gid } : {};
  execFileSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync'],
    {
      ...asOwner,
      cwd: root,
      stdio: 'pipe',
    },
  );
  const port = await freePort();
  const options = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    ...settings,
  };
  const args = [
    '-D',
    data,
    '-p',
    String(port),
    ...Object.entries(options).flatMap(([k, v]) => ['-c', `${k}=${v}`]),
  ];
  let child: ChildProcess | undefined;
  const server: PostgresServer = {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    port,
    async start() {
      child = spawn(join(bin, 'postgres'), args, {
        ...asOwner,
        cwd: root,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      const log: string[] = [];
      child.stderr?.on('data', (chunk: Buffer) => log.push(chunk.toString()));
      await untilReady(bin, port, child, log);
    },
    async stop(mode = 'fast') {
      if (!child || child.exitCode !== null) return;
      const exited = once(child, 'exit');
      child.kill(mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
      await exited;
    },
    async destroy() {
      await server.stop('immediate');
      rmSync(root, { recursive: true, force: true });
    },
  };
  await server.start();
  return server;
}

/** The newest server programs on this machine; Debian keeps them off the path. */
export function findPostgresBin(): string {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...versions.map((v) => join(debian, v, 'bin')), ...(process.env['PATH'] ?? '').split(':')];
  const found = folders.find(
    (folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')),
  );
  if (!found) throw new Error('No Postgres server programs found (Debian: apt-get install postgresql)');
  return found;
}

/** Postgres refuses to run as root, so root starts it as another user. */
function unprivilegedOwner(): { uid: number; gid: number } | undefined {
  if (userInfo().uid !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    try {
      const [uid, gid] = ['-u', '-g'].map((flag) =>
        Number(execFileSync('id', [flag, name], { stdio: 'pipe' })),
      );
      if (uid !== undefined && gid !== undefined) return { uid, gid };
    } catch {
      continue; // this machine has no such user
    }
  }
  throw new Error('Running as root, and no user postgres or nobody to run Postgres as');
}

async function untilReady(bin: string, port: number, child: ChildProcess, log: string[]): Promise<void> {
  for (let i = 0; i < 300; i++) {
    if (child.exitCode !== null) throw new Error(`Postgres did not start:\n${log.join('')}`);
    try {
      execFileSync(join(bin, 'pg_isready'), ['-h', '127.0.0.1', '-p', String(port)], { stdio: 'pipe' });
      return;
    } catch {
      await delay(100);
    }
  }
  throw new Error(`Postgres was not ready within 30 s:\n${log.join('')}`);
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
