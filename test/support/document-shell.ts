import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Fence, fences, ROOT } from './markdown.js';

/** A call of a stand-in: the program's name and its arguments. */
export type Call = readonly [program: string, ...args: string[]];

/** A block of a document after the shell went through it. */
export interface RanBlock {
  line: number;
  /** Its first command, to be known by. */
  title: string;
  isLive: boolean;
  /** Undefined where the shell came through; what it said where it did not. */
  failure: string | undefined;
  /** What the stand-ins were called with. */
  calls: Call[];
  /** What the document says that a command answers, and what it did answer. */
  answers: { expected: string; actual: string }[];
}

export interface DocumentRun {
  /** The address that `http://localhost:8000` of the document stands for, where there is a live service. */
  url?: string;
  env?: Record<string, string>;
  /** Words after `bash run` that hold here: `embedded` or `postgres`. Blocks that name another one are passed over. */
  words?: readonly string[];
  timeoutMs?: number;
}

/** What cannot run here, or must not: it is only looked at how they are called. */
const STAND_INS = 'docker kubectl helm curl npm node git nano psql redis-cli sudo apt-get'.split(' ');
const ADDRESS = /http:\/\/(localhost|127\.0\.0\.1):8000/g;

interface Part {
  text: string;
  /** The answer that stands below it in the document. */
  expected?: string;
}

interface Block {
  fence: Fence;
  isLive: boolean;
  parts: Part[];
}

/**
 * Has one bash go through the commands of a document from its first block to its last, so that variables set in one are
 * there in the next. Blocks marked `bash run` are really run; in other `bash` blocks the programs above are stand-ins that
 * write down what they were asked.
 */
export async function runDocument(markdown: string, run: DocumentRun = {}): Promise<RanBlock[]> {
  const blocks = blocksOf(markdown, run.words ?? []);
  const place = mkdtempSync(join(tmpdir(), 'clankerbot-document-'));
  try {
    preparePlace(place);
    writeFileSync(join(place, '.script'), script(blocks, run));
    await shell(place, run);
    return blocks.map((block, index) => outcome(block, index, place));
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

function blocksOf(markdown: string, words: readonly string[]): Block[] {
  const blocks: Block[] = [];
  for (const fence of fences(markdown)) {
    if (fence.language === 'bash') {
      const [live, ...conditions] = fence.words;
      if (live !== undefined && live !== 'run')
        throw new Error(`Line ${fence.line}: bash ${live} means nothing here`);
      if (conditions.some((word) => !words.includes(word))) continue;
      blocks.push({ fence, isLive: live === 'run', parts: partsOf(fence.text) });
    } else if (fence.words[0] === 'answer') {
      const last = blocks.at(-1)?.parts.at(-1);
      if (!last) throw new Error(`Line ${fence.line}: an answer to nothing`);
      last.expected = fence.language === 'json' ? JSON.stringify(JSON.parse(fence.text)) : fence.text.trim();
    }
  }
  return blocks;
}

/** A comment that is JSON is the answer of the commands above it; it may go on in further comments. */
function partsOf(text: string): Part[] {
  const parts: Part[] = [{ text: '' }];
  let isAnswer = false;
  for (const line of text.split('\n')) {
    const part = parts.at(-1) as Part;
    if (isJsonComment(line)) part.expected = line.slice(2);
    else if (isAnswer && line.startsWith('# ')) part.expected += line.slice(1).trim();
    else if (part.expected === undefined) part.text += `${line}\n`;
    else parts.push({ text: `${line}\n` });
    isAnswer = parts.at(-1)?.expected !== undefined;
  }
  return parts.filter(({ text }) => text.trim() !== '');
}

/** `# {"ok":true,…}`, `# true`, `# "text"`; a list or an object may be shortened by `…`. */
function isJsonComment(line: string): boolean {
  return /^# [{[]/.test(line) || (line.startsWith('# ') && compact(line.slice(2)) !== undefined);
}

/** A directory in which the commands of a fresh clone work, and whatever they write is nobody else's. */
function preparePlace(place: string): void {
  for (const name of CLONED.filter((file) => existsSync(join(ROOT, file))))
    symlinkSync(join(ROOT, name), join(place, name));
  symlinkSync('.', join(place, 'clankerbot')); // Where `git clone` would have put it.
  // In one write: the commands of a pipe, and those in the background, write at the same time.
  const record = `printf -v call '%s\\x1f' "\${0##*/}" "$@"; printf '%s\\x1e' "$call" >>"$CALLS"; [ -t 0 ] || cat >/dev/null`;
  mkdirSync(join(place, '.stand-ins'));
  for (const name of STAND_INS) writeProgram(join(place, '.stand-ins', name), record);
  writeProgram(join(place, '.stand-ins/helm'), `${record}\n${RECORD_VALUES}`);
  mkdirSync(join(place, 'scripts'));
  const smoke = `exec ${join(ROOT, 'scripts/smoke.sh')} "\${1:-$LIVE}"`;
  writeProgram(join(place, 'scripts/smoke.sh'), `if [ -n "$LIVE" ]; then ${smoke}; fi; ${record}`);
}

/** A file of values is gone when the calls are looked at, so what stands in it is recorded beside them. */
const RECORD_VALUES = `for file; do case $file in *.yaml)
  printf 'values-file\\x1f%s\\x1f\\x1e' "$(cat "$file" || cat "helm/clankerbot/ci/$file")" >>"$CALLS" ;; esac; done`;

const CLONED = 'package.json dist node_modules docs k8s helm Dockerfile compose.yaml .env.example'.split(' ');

function writeProgram(path: string, text: string): void {
  writeFileSync(path, `#!/bin/bash\n${text}\n`);
  chmodSync(path, 0o755);
}

function script(blocks: Block[], { url = '' }: DocumentRun): string {
  const lines = [
    'set -u',
    'path=$PATH',
    `command_not_found_handle() { echo "there is no $1" >&2; kill $$; }`,
  ];
  for (const [index, { isLive, parts, fence }] of blocks.entries()) {
    if (isLive && url === '') throw new Error(`Line ${fence.line}: there is no service to run this against`);
    // What follows a stand-in in a pipe has nothing to read, and may say so.
    const mode = isLive
      ? `set -eo pipefail; PATH=$path; export LIVE=${url}`
      : 'set +eo pipefail; PATH=$PWD/.stand-ins:$path; export LIVE=';
    lines.push(`${mode}; hash -r; export CALLS=$HOME/${index}.calls; : >"$CALLS"`);
    for (const [part, { text }] of parts.entries()) {
      lines.push(`exec >"$HOME/${index}.${part}.out" 2>"$HOME/${index}.${part}.err" </dev/null`);
      lines.push(isLive ? text.replace(ADDRESS, url) : text);
    }
    lines.push(`: >"$HOME/${index}.done"`);
  }
  return lines.join('\n');
}

async function shell(place: string, { env = {}, timeoutMs = 150_000 }: DocumentRun): Promise<void> {
  const home = join(place, '.home');
  mkdirSync(home);
  const child = spawn('bash', [join(place, '.script')], {
    cwd: place,
    // Without its pre-scripts npm starts at once, and builds nothing while other tests use what is built.
    env: {
      PATH: process.env['PATH'],
      HOME: home,
      npm_config_ignore_scripts: 'true',
      npm_config_loglevel: 'error',
      npm_config_cache: join(home, 'npm'),
      npm_config_update_notifier: 'false',
      ...env,
    },
    stdio: 'ignore',
    detached: true,
  });
  const timer = setTimeout(() => process.kill(-(child.pid as number), 'SIGKILL'), timeoutMs);
  await once(child, 'close');
  clearTimeout(timer);
}

function outcome({ fence, isLive, parts }: Block, index: number, place: string): RanBlock {
  const home = join(place, '.home');
  const read = (name: string): string =>
    existsSync(join(home, name)) ? readFileSync(join(home, name), 'utf8') : '';
  const isDone = existsSync(join(home, `${index}.done`));
  const said = parts
    .map((_part, part) => read(`${index}.${part}.out`) + read(`${index}.${part}.err`))
    .join('');
  const isReached = existsSync(join(home, `${index}.calls`));
  const failure = isReached ? `it stopped here, having said:\n${said}` : 'an earlier block stopped the shell';
  return {
    line: fence.line,
    title: fence.text.split('\n').find((line) => line !== '' && !line.startsWith('#')) ?? '',
    isLive,
    failure: isDone ? undefined : failure,
    calls: read(`${index}.calls`)
      .split('\x1e')
      .filter((call) => call !== '')
      .map((call) => call.split('\x1f').slice(0, -1) as unknown as Call),
    answers: isLive
      ? parts.flatMap(({ expected }, part) =>
          expected === undefined
            ? []
            : [{ expected, actual: answerOf(read(`${index}.${part}.out`) || read(`${index}.${part}.err`)) }],
        )
      : [],
  };
}

/** Of JSON, the value without its layout; of other text, all of it. */
function answerOf(output: string): string {
  const text = output.trim();
  return compact(text) ?? compact(text.split('\n').at(-1) ?? '') ?? text;
}

function compact(text: string): string | undefined {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Whether a text is the one shown, where `…` stands for anything. */
export function isAsShown(actual: string, expected: string): boolean {
  const pattern = expected.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${pattern.join('[\\s\\S]*?')}$`).test(actual);
}
