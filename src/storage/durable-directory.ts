import type { PGlite } from '@electric-sql/pglite';
import { NodeFS } from '@electric-sql/pglite/nodefs';
import { fsyncSync } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';

type Options = Parameters<NodeFS['init']>[1];
type Runtime = Parameters<NonNullable<Options['preRun']>[number]>[0];

/** What Emscripten's Node file system has beside the types that it declares. */
interface NodeFiles {
  stream_ops: Operations & { fsync?: (stream: OpenFile) => number };
  node_ops: Operations;
  realPath(node: unknown): string;
  tryFSOperation<T>(work: () => T): T;
}

type Operations = Record<string, (...args: never[]) => unknown>;

interface Attributes {
  mode?: number;
}

interface OpenFile {
  nfd: number;
  node: unknown;
}

const AT_ONCE = 16;
const OTHERS = 0o077;

/**
 * The data directory of the embedded Postgres, on a disk that is waited for: Emscripten's file system takes the
 * question whether a file is on the disk for answered, so the end of the power would end what was acknowledged. Its files
 * are those of this process's user alone.
 */
export class DurableDirectory extends NodeFS {
  /** `beforeTouch` is called before each access to a file, and may end the process: then that access is not made. */
  constructor(
    dataDir: string,
    private readonly beforeTouch: () => void = () => undefined,
  ) {
    super(dataDir);
  }

  override async init(pg: PGlite, options: Options): Promise<{ emscriptenOpts: Options }> {
    const { emscriptenOpts } = await super.init(pg, options);
    const preRun = [...(emscriptenOpts.preRun ?? []), (runtime: Runtime) => this.#waitForTheDisk(runtime)];
    return { emscriptenOpts: { ...emscriptenOpts, preRun } };
  }

  /** For what initdb wrote: Postgres takes it for being on the disk. */
  async syncAll(): Promise<void> {
    const entries = await readdir(this.rootDir, { recursive: true, withFileTypes: true });
    const paths = entries
      .filter((entry) => entry.isFile() || entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name));
    paths.push(this.rootDir);
    const next = paths.values();
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (const path of next) {
          const file = await open(path, 'r');
          await file.sync().finally(() => file.close());
          this.synced(path);
        }
      }),
    );
  }

  /** Called when a file, or a directory's list of names, is known to be on the disk. */
  protected synced(_path: string): void {}

  #waitForTheDisk(runtime: Runtime): void {
    const files = runtime.NODEFS as unknown as NodeFiles;
    files.stream_ops.fsync = ({ nfd, node }) => {
      files.tryFSOperation(() => fsyncSync(nfd));
      this.synced(files.realPath(node));
      return 0;
    };
    // Emscripten sets the mode of each file that it makes anew, whatever the process's mask is.
    const { setattr } = files.node_ops as { setattr: (node: unknown, change: Attributes) => unknown };
    files.node_ops['setattr'] = (node: never, change: Attributes) =>
      setattr(node, change.mode === undefined ? change : { ...change, mode: change.mode & ~OTHERS });
    for (const operations of [files.stream_ops, files.node_ops] as Operations[])
      for (const [name, operate] of Object.entries(operations))
        operations[name] = (...args) => {
          this.beforeTouch();
          return operate(...args);
        };
  }
}
