import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChangedFile } from '../gate/departing.js';
import { Git, type GitRun } from './git.js';
import { type RawChange, rawChanges } from './raw-changes.js';

export interface WorkCopyOptions {
  /** The bare copy of the repository, which tasks share. */
  repository: string;
  /** Of this task alone: `work` is what the model sees, and nothing of git is in it. */
  folder: string;
  /** Where it comes from and goes to. Nobody can write to it by what is here. */
  remoteUrl: string;
  /** As `Basic …`; asked for each time, because tokens change. */
  authorization?: () => Promise<string>;
}

const SUBMODULE = '160000';
/** More files are refused by the gate anyhow. */
const MOST_READ = 400;

/**
 * The files of a task, beside a bare copy of the repository. Promises that nothing of git stands where the model writes, so
 * that nothing it writes is taken for git's own; that a link is a plain file there; and that only a commit that was named is
 * pushed, to one branch, where that is still what it was.
 */
export class WorkCopy {
  readonly work: string;
  readonly #git: Git;
  readonly #index: string;

  constructor(private readonly options: WorkCopyOptions) {
    this.work = join(options.folder, 'work');
    this.#index = join(options.folder, 'index');
    this.#git = new Git(options.repository);
  }

  /** The files as they are at the end of a branch. Returns its commit; undefined where there is no such branch. */
  async prepare(branch: string, signal?: AbortSignal): Promise<string | undefined> {
    await mkdir(this.options.repository, { recursive: true });
    await this.#git.run({ args: ['init', '--quiet', '--bare', this.options.repository] });
    const base = await this.remoteSha(branch, signal);
    if (base === undefined) return undefined;
    await this.#fetch(branch, signal);
    await rm(this.work, { recursive: true, force: true });
    await rm(this.#index, { force: true });
    await mkdir(this.work, { recursive: true });
    await this.#here({ args: ['read-tree', base] });
    await this.#here({ args: ['checkout-index', '--all', '--force', '--quiet'] });
    return base;
  }

  /** What a branch points to there, undefined where it is not there. */
  async remoteSha(branch: string, signal?: AbortSignal): Promise<string | undefined> {
    const ref = `refs/heads/${branch}`;
    const output = await this.#there({ args: ['ls-remote', this.options.remoteUrl, ref] }, signal);
    const line = output
      .toString('utf8')
      .split('\n')
      .find((text) => text.endsWith(`\t${ref}`));
    return line?.split('\t')[0];
  }

  /** Everything that is different from a commit now. */
  async changesSince(base: string): Promise<ChangedFile[]> {
    await this.#here({ args: ['add', '--all', '--', '.'] });
    const output = await this.#here({
      args: ['diff-index', '--cached', '--raw', '-z', '--no-renames', '--abbrev=64', base],
    });
    const changes = rawChanges(output);
    const isReadable = changes.length <= MOST_READ;
    return Promise.all(changes.map((change) => this.#changed(change, isReadable)));
  }

  /** Of what `changesSince` has shown. The same again where nothing has changed, so that it can be made again after a crash. */
  async commit(base: string, message: string, author: NonNullable<GitRun['author']>): Promise<string> {
    const tree = String(await this.#here({ args: ['write-tree'] })).trim();
    const args = ['commit-tree', tree, '-p', base, '-F', '-'];
    return String(await this.#git.run({ args, author, input: Buffer.from(message) })).trim();
  }

  /** Whether the later commit has the earlier one below it. False where that one is not known here. */
  async isForward(earlier: string, later: string): Promise<boolean> {
    return this.#git.run({ args: ['merge-base', '--is-ancestor', earlier, later] }).then(
      () => true,
      () => false,
    );
  }

  /** Fails where the branch is not what is expected at that moment; null where it is expected not to be there. */
  async push(commit: string, branch: string, expected: string | null, signal?: AbortSignal): Promise<void> {
    const ref = `refs/heads/${branch}`;
    const lease = `--force-with-lease=${ref}:${expected ?? ''}`;
    const args = ['push', '--quiet', '--no-verify', lease, this.options.remoteUrl, `${commit}:${ref}`];
    await this.#there({ args }, signal);
  }

  async remove(): Promise<void> {
    await rm(this.options.folder, { recursive: true, force: true });
  }

  async #fetch(branch: string, signal: AbortSignal | undefined): Promise<void> {
    const refs = `+refs/heads/${branch}:refs/remotes/origin/${branch}`;
    const args = ['fetch', '--quiet', '--no-tags', '--no-recurse-submodules', '--no-write-fetch-head'];
    await this.#there({ args: [...args, this.options.remoteUrl, refs] }, signal);
  }

  async #changed(change: RawChange, isReadable: boolean): Promise<ChangedFile> {
    const { path, modeBefore, modeAfter } = change;
    const before = isReadable ? await this.#blob(modeBefore, change.shaBefore) : undefined;
    const after = isReadable ? await this.#blob(modeAfter, change.shaAfter) : undefined;
    return { path, modeBefore, modeAfter, ...(before ? { before } : {}), ...(after ? { after } : {}) };
  }

  async #blob(mode: string | null, sha: string): Promise<Buffer | undefined> {
    if (mode === null || mode === SUBMODULE) return undefined;
    return this.#git.run({ args: ['cat-file', 'blob', sha] });
  }

  #here(run: GitRun): Promise<Buffer> {
    return this.#git.run({ ...run, workTree: this.work, indexFile: this.#index });
  }

  async #there(run: GitRun, signal: AbortSignal | undefined): Promise<Buffer> {
    const authorization = await this.options.authorization?.();
    return this.#git.run({
      ...run,
      ...(authorization === undefined ? {} : { authorization }),
      ...(signal === undefined ? {} : { signal }),
    });
  }
}
