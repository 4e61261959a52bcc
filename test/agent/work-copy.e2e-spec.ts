import { execFileSync } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gateObjections } from '../../src/agent/gate/gate.js';
import { KnownSecrets } from '../../src/agent/gate/known-secrets.js';
import { Git } from '../../src/agent/worktree/git.js';
import { WorkCopy } from '../../src/agent/worktree/work-copy.js';

const BRANCH = 'clankerbot/issue-7-0123abcd';
const AUTHOR = { name: 'Claude Bot', email: 'claude-bot@example.com', at: new Date('2026-11-30T12:00:00Z') };

describe('the work copy of a task', () => {
  let root: string;
  let remote: string;
  let copy: WorkCopy;

  const git = (...args: string[]): string =>
    String(
      execFileSync('git', ['-C', root, '-c', 'user.name=x', '-c', 'user.email=x@x', ...args], {
        stdio: 'pipe',
      }),
    ).trim();
  const inRemote = (...args: string[]): string => git(`--git-dir=${remote}`, ...args);
  const file = (path: string): string => join(copy.work, path);
  const make = (folder: string): WorkCopy =>
    new WorkCopy({
      repository: join(root, 'cache.git'),
      folder: join(root, folder),
      remoteUrl: `file://${remote}`,
    });

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'work-copy-'));
    remote = join(root, 'remote.git');
    const source = join(root, 'source');
    git('init', '--quiet', '--bare', '--initial-branch=main', remote);
    git('init', '--quiet', '--initial-branch=main', source);
    mkdirSync(join(source, 'src'));
    writeFileSync(join(source, 'src/page.ts'), 'export const a = 1;\n');
    writeFileSync(join(source, 'run.sh'), '#!/bin/sh\n');
    chmodSync(join(source, 'run.sh'), 0o755);
    symlinkSync('/etc/passwd', join(source, 'link'));
    writeFileSync(join(source, '.gitignore'), 'ignored\n');
    git('-C', source, 'add', '-A');
    git('-C', source, 'commit', '--quiet', '-m', 'first');
    git('-C', source, 'push', '--quiet', remote, 'main');
    copy = make('task');
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('has the files of the branch, nothing of git, and a link as a plain file', async () => {
    const base = await copy.prepare('main');
    expect(base).toBe(inRemote('rev-parse', 'main'));
    expect(readFileSync(file('src/page.ts'), 'utf8')).toBe('export const a = 1;\n');
    expect(existsSync(file('.git'))).toBe(false);
    expect([lstatSync(file('link')).isSymbolicLink(), readFileSync(file('link'), 'utf8')]).toEqual([
      false,
      '/etc/passwd',
    ]);
    expect(await copy.changesSince(base!)).toEqual([]);
  });

  it('says that there is no such branch', async () => {
    expect(await copy.prepare('nowhere')).toBeUndefined();
  });

  it('shows what was changed, commits it and pushes it', async () => {
    const base = (await copy.prepare('main'))!;
    writeFileSync(file('src/page.ts'), 'export const a = 2;\n');
    writeFileSync(file('src/ü ber "x".ts'), 'new\n');
    writeFileSync(file('ignored'), 'x');
    rmSync(file('run.sh'));
    const changes = await copy.changesSince(base);
    expect(
      changes.map(({ path, modeBefore, modeAfter, after }) => [
        path,
        modeBefore,
        modeAfter,
        after?.toString(),
      ]),
    ).toEqual([
      ['run.sh', '100755', null, undefined],
      ['src/page.ts', '100644', '100644', 'export const a = 2;\n'],
      ['src/ü ber "x".ts', null, '100644', 'new\n'],
    ]);
    const commit = await copy.commit(base, 'Mend the page\n\nCloses #7', AUTHOR);
    await copy.push(commit, BRANCH, null);
    expect(inRemote('log', '-1', '--format=%an|%ae|%cn|%s|%P', BRANCH)).toBe(
      `Claude Bot|claude-bot@example.com|Claude Bot|Mend the page|${base}`,
    );
    expect([
      await copy.remoteSha(BRANCH),
      await copy.isForward(base, commit),
      await copy.isForward(commit, base),
    ]).toEqual([commit, true, false]);
  });

  it('makes the same commit again after a crash', async () => {
    const base = (await copy.prepare('main'))!;
    writeFileSync(file('a'), 'x');
    await copy.changesSince(base);
    const first = await copy.commit(base, 'x', AUTHOR);
    await copy.changesSince(base);
    expect(await copy.commit(base, 'x', AUTHOR)).toBe(first);
  });

  it('pushes nothing over what somebody else has put there meanwhile', async () => {
    const base = (await copy.prepare('main'))!;
    writeFileSync(file('a'), 'x');
    await copy.changesSince(base);
    const commit = await copy.commit(base, 'ours', AUTHOR);
    inRemote('update-ref', `refs/heads/${BRANCH}`, base);
    await expect(copy.push(commit, BRANCH, null)).rejects.toMatchObject({ command: 'push' });
    await expect(copy.push(commit, BRANCH, 'f'.repeat(40))).rejects.toMatchObject({ command: 'push' });
    expect(inRemote('rev-parse', BRANCH)).toBe(base);
    await copy.push(commit, BRANCH, base);
    expect(inRemote('rev-parse', BRANCH)).toBe(commit);
  });

  it('starts nothing that the model has planted', async () => {
    const base = (await copy.prepare('main'))!;
    const mark = join(root, 'planted');
    const script = `#!/bin/sh\ntouch ${mark}\n`;
    mkdirSync(file('.git/hooks'), { recursive: true });
    for (const hook of [
      'pre-commit',
      'post-checkout',
      'pre-push',
      'post-index-change',
      'fsmonitor-watchman',
    ]) {
      writeFileSync(file(`.git/hooks/${hook}`), script, { mode: 0o755 });
    }
    writeFileSync(file('.git/HEAD'), 'ref: refs/heads/main\n');
    writeFileSync(
      file('.git/config'),
      `[core]\n\tfsmonitor = ${file('.git/hooks/fsmonitor-watchman')}\n[filter "x"]\n\tclean = touch ${mark}\n`,
    );
    writeFileSync(file('.gitattributes'), '* filter=x diff=x merge=x\n');
    writeFileSync(file('.gitmodules'), `[submodule "x"]\n\tpath = x\n\turl = ext::sh -c touch% ${mark}\n`);
    const changes = await copy.changesSince(base);
    await copy.push(await copy.commit(base, 'x', AUTHOR), BRANCH, null);
    expect(existsSync(mark)).toBe(false);
    expect(changes.map(({ path }) => path)).toEqual(['.gitattributes', '.gitmodules']);
    const rules = { excluded: [], within: [], own: new KnownSecrets([]) };
    expect(gateObjections({ files: changes, texts: {} }, rules).map(({ kind }) => kind)).toEqual([
      'path',
      'path',
    ]);
  });

  it('leaves to the gate what acts where it is checked out', async () => {
    const base = (await copy.prepare('main'))!;
    writeFileSync(file('new.sh'), '#!/bin/sh\n', { mode: 0o755 });
    mkdirSync(file('sub'));
    git('init', '--quiet', file('sub'));
    git('-C', file('sub'), 'commit', '--quiet', '--allow-empty', '-m', 'x');
    const changes = await copy.changesSince(base);
    const rules = { excluded: [], within: [], own: new KnownSecrets([]) };
    expect(gateObjections({ files: changes, texts: {} }, rules).map(({ where }) => where)).toEqual([
      '"new.sh"',
      '"sub"',
    ]);
  });

  it('shares the copy of the repository with other tasks, and nothing else', async () => {
    const other = make('other');
    const base = (await copy.prepare('main'))!;
    await other.prepare('main');
    writeFileSync(file('a'), 'x');
    expect(await other.changesSince(base)).toEqual([]);
    expect(await copy.changesSince(base)).toHaveLength(1);
    await copy.remove();
    expect([existsSync(copy.work), existsSync(other.work)]).toEqual([false, true]);
  });

  it('ends when the caller gives up, and at the time limit', async () => {
    const server: Server = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const remoteUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/x.git`;
    const slow = new WorkCopy({ repository: join(root, 'slow.git'), folder: join(root, 'slow'), remoteUrl });
    await expect(slow.prepare('main', AbortSignal.timeout(300))).rejects.toThrow();
    const late = new Git(join(root, 'slow.git')).run({ args: ['ls-remote', remoteUrl], timeoutMs: 300 });
    await expect(late).rejects.toThrow();
    server.closeAllConnections();
    server.close();
  });

  it('shows its token to the other side, and in no file or argument', async () => {
    const seen: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(302, { location: 'http://127.0.0.1:1/elsewhere' }).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const remoteUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/x.git`;
    const repository = join(root, 'token.git');
    const guarded = new WorkCopy({
      repository,
      folder: join(root, 'token'),
      remoteUrl,
      authorization: async () => 'Basic c2VjcmV0LXRva2Vu',
    });
    const error: unknown = await guarded.prepare('main').catch((reason: unknown) => reason);
    expect(seen).toEqual(['Basic c2VjcmV0LXRva2Vu']);
    expect(JSON.stringify([error, String(error)])).not.toContain('c2VjcmV0');
    expect(readFileSync(join(repository, 'config'), 'utf8')).not.toContain('c2VjcmV0');
    server.closeAllConnections();
    server.close();
  });
});
