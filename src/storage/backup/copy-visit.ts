import { mkdtemp, rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { basename, join } from 'node:path';
import { COPY_PREFIX } from '../left-copies.js';
import type { PgliteEngine } from '../pglite-engine.js';
import { linesOf } from './backup-reader.js';
import { doorText, untilGone, untilSaid } from './copy-talk.js';
import { OnlineCopy } from './online-copy.js';

/** So long the log of writes is kept for a visitor who takes no step; a busy disk may need some of it. */
const STALL_MS = 30_000;

/** Lets a visitor copy the database. Resolves once a whole backup was taken, and rejects otherwise; the copy is gone in both cases. */
export async function serveVisit(
  visitor: Socket,
  engine: PgliteEngine,
  { dataDir, stallMs = STALL_MS }: { dataDir: string; stallMs?: number },
): Promise<void> {
  await withCopyDirectory(dataDir, (directory) => serveIn(directory, { visitor, engine, stallMs }));
}

async function withCopyDirectory(dataDir: string, use: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(dataDir, COPY_PREFIX));
  try {
    await use(directory);
  } finally {
    // A visitor that was cut off may not have noticed yet.
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function serveIn(
  directory: string,
  { visitor, engine, stallMs }: { visitor: Socket; engine: PgliteEngine; stallMs: number },
): Promise<void> {
  const words = linesOf(visitor);
  const copy = await OnlineCopy.begin(engine);
  try {
    visitor.setTimeout(stallMs, () => visitor.destroy(new Error('The copying for a backup stalled')));
    visitor.write(doorText({ kind: 'copy', directory: basename(directory) }));
    await untilSaid(words, 'files');
    visitor.write(doorText({ kind: 'end', ...(await copy.end()) }));
    await untilSaid(words, 'log');
    visitor.setTimeout(0); // Nothing waits for the reading of the copy.
  } finally {
    await copy.release();
  }
  await untilSaid(words, 'rows');
  visitor.write(doorText({ kind: 'done' }));
  await untilGone(words); // Till then its Postgres has the copy open.
}
