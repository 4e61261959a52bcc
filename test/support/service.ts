import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { until } from './until.js';

/** As in `npm start` and the image: optimising PGlite's WebAssembly would cost memory and time for little. */
export const NODE_FLAGS = ['--liftoff-only'];
const MAIN = join(import.meta.dirname, '../../dist/bundle/main.js');

export interface Service {
  /** Where it listens; empty when it ended before. Needs LOG_LEVEL info, the default. */
  url: string;
  child: ChildProcess;
  /** Everything it printed so far. */
  output(): string;
  /** The JSON lines it logged so far. */
  logs(): Record<string, unknown>[];
  untilReady(withinMs?: number): Promise<void>;
  /** Sends the signal and answers the exit code (null when a signal ended it). */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  exited: Promise<number | null>;
}

export interface ServiceOptions {
  /** A program of the test's own that starts the service with something added. */
  script?: string;
  cwd?: string;
  /** The command that runs it, with its own arguments. */
  under?: readonly string[];
  /** Runs it as nobody when the tests run as root, whom no permission stops. */
  isUnprivileged?: boolean;
}

const NOBODY = 65_534;

/** The built service as its own process, as an operator starts it; it inherits nothing of our environment but PATH. */
export async function startService(
  env: Record<string, string>,
  options: ServiceOptions = {},
): Promise<Service> {
  const [command = process.execPath, ...words] = [
    ...(options.under ?? []),
    process.execPath,
    ...NODE_FLAGS,
    options.script ?? MAIN,
  ];
  const child = spawn(command, words, {
    cwd: options.cwd ?? emptyDirectory(),
    env: { PATH: process.env['PATH'], LOG_JSON: 'true', HOST: '127.0.0.1', PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.isUnprivileged && userInfo().uid === 0 ? { uid: NOBODY, gid: NOBODY } : {}),
  });
  started.add(child);
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
  const output = (): string => Buffer.concat(chunks).toString();
  const exited = once(child, 'close').then(([code]) => {
    started.delete(child);
    return code as number | null;
  });
  // The service chooses its port itself and says which: a port chosen here could be taken by then.
  const listening = (): string | undefined => /"url":"(http[^"]+)"/.exec(output())?.[1];
  await until(() => listening() !== undefined || child.exitCode !== null, {
    withinMs: 30_000,
    what: () => `the service to listen:\n${output()}`,
  });
  const url = listening() ?? '';
  return {
    url,
    child,
    output,
    exited,
    logs: () =>
      output()
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    async untilReady(withinMs = 60_000) {
      await until(
        async () => {
          if (child.exitCode !== null)
            throw new Error(`The service exited with ${child.exitCode}:\n${output()}`);
          return (await fetch(`${url}/readyz`).catch(() => undefined))?.status === 200;
        },
        { withinMs, what: () => `the service to be ready:\n${output()}` },
      );
    },
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      return exited;
    },
  };
}

const started = new Set<ChildProcess>();
const directories: string[] = [];

/** A new directory that is removed after the test file. */
export function emptyDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'clankerbot-test-'));
  chmodSync(directory, 0o755);
  directories.push(directory);
  return directory;
}

/** Ends what a failed test left running; call it in afterAll. */
export async function stopAllServices(): Promise<void> {
  await Promise.all(
    [...started].map((child) => {
      child.kill('SIGKILL');
      return once(child, 'close');
    }),
  );
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
}
