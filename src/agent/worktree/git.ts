import { spawn } from 'node:child_process';

export interface GitRun {
  /** After the settings that are always the same. */
  args: readonly string[];
  workTree?: string;
  indexFile?: string;
  /** For the other side only, as `Basic …`; it stands in no argument, address or file. */
  authorization?: string;
  author?: { name: string; email: string; at: Date };
  input?: Buffer;
  signal?: AbortSignal;
  timeoutMs?: number;
}

export class GitError extends Error {
  constructor(
    readonly command: string,
    readonly exitCode: number | null,
    /** For the log: it may name files and addresses. */
    readonly errors: string,
  ) {
    super(`git ${command} ended with ${exitCode ?? 'a signal'}`);
  }
}

const LARGEST_OUTPUT = 64 * 1024 * 1024;
const USUAL_TIMEOUT_MS = 120_000;

/** Nothing in a repository or beside it may have git start a program, ask somebody, follow an address or leave a folder. */
const SETTINGS: readonly (readonly [string, string])[] = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['core.attributesFile', '/dev/null'],
  ['core.excludesFile', '/dev/null'],
  ['core.symlinks', 'false'],
  ['core.autocrlf', 'false'],
  ['core.protectHFS', 'true'],
  ['core.protectNTFS', 'true'],
  ['core.quotePath', 'false'],
  ['credential.helper', ''],
  ['protocol.ext.allow', 'never'],
  ['protocol.file.allow', 'user'],
  ['http.followRedirects', 'false'],
  ['transfer.fsckObjects', 'true'],
  ['submodule.recurse', 'false'],
  ['commit.gpgSign', 'false'],
  ['gc.auto', '0'],
];

/**
 * Starts git in a repository without a work tree of its own. Promises that it gets no environment but ours, that a token is in
 * none of its arguments, and that it ends: by itself, at the time limit or when the caller gives up.
 */
export class Git {
  constructor(private readonly directory: string) {}

  run(run: GitRun): Promise<Buffer> {
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    const place = run.workTree === undefined ? [] : [`--work-tree=${run.workTree}`];
    const child = spawn('git', [`--git-dir=${this.directory}`, ...place, ...run.args], {
      cwd: run.workTree ?? '/',
      env: environmentOf(run),
      stdio: 'pipe',
      signal: signalOf(run),
      killSignal: 'SIGKILL',
    });
    const output: Buffer[] = [];
    let size = 0;
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > LARGEST_OUTPUT) child.kill('SIGKILL');
      else output.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => (errors = (errors + String(chunk)).slice(-4000)));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(Buffer.concat(output));
      else reject(new GitError(run.args[0] ?? '', code, errors));
    });
    child.stdin.on('error', () => undefined); // It may end before it has read all.
    child.stdin.end(run.input);
    return promise;
  }
}

function signalOf({ signal, timeoutMs = USUAL_TIMEOUT_MS }: GitRun): AbortSignal {
  const timeout = AbortSignal.timeout(timeoutMs);
  return signal ? AbortSignal.any([signal, timeout]) : timeout;
}

function environmentOf({ indexFile, authorization, author }: GitRun): Record<string, string> {
  const settings = [
    ...SETTINGS,
    ...(authorization === undefined
      ? []
      : [['http.extraHeader', `Authorization: ${authorization}`] as const]),
  ];
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    LC_ALL: 'C.UTF-8',
    HOME: '/nonexistent',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_CONFIG_COUNT: String(settings.length),
    ...Object.fromEntries(
      settings.flatMap(([name, value], i) => [
        [`GIT_CONFIG_KEY_${i}`, name],
        [`GIT_CONFIG_VALUE_${i}`, value],
      ]),
    ),
    ...(indexFile === undefined ? {} : { GIT_INDEX_FILE: indexFile }),
    ...(author === undefined ? {} : authorEnvironment(author)),
  };
}

function authorEnvironment({ name, email, at }: NonNullable<GitRun['author']>): Record<string, string> {
  const date = `${Math.floor(at.getTime() / 1000)} +0000`;
  return {
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
    GIT_COMMITTER_DATE: date,
  };
}
