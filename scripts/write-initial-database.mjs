/**
 * Writes dist/initial-database.tar.gz, which the embedded Postgres unpacks at its first start, unless the one that is
 * there is younger than the installed PGlite.
 */
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { PGlite } from '@electric-sql/pglite';

const root = join(import.meta.dirname, '..');
const target = join(root, 'dist/initial-database.tar.gz');
const BLOCK = 512;

const timeOf = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
const packageFile = join(root, 'node_modules/@electric-sql/pglite/package.json');
if (timeOf(target) <= Math.max(timeOf(packageFile), timeOf(import.meta.filename))) {
  const database = await PGlite.create({ dataDir: 'memory://' });
  await database.exec('checkpoint');
  const tar = Buffer.from(await (await database.dumpDataDir('none')).arrayBuffer());
  await database.close();
  writeFileSync(target, gzipSync(withVersionLast(tar)));
  console.log(`dist/initial-database.tar.gz: ${(statSync(target).size / 1e6).toFixed(1)} MB`);
}

/** PG_VERSION says that a directory holds a database, so it is to be there only when everything else is. */
function withVersionLast(tar) {
  const entries = [];
  let version;
  let end = 0;
  while (tar[end] !== 0) {
    const name = tar.toString('latin1', end, tar.indexOf(0, end));
    const size = Number.parseInt(tar.toString('latin1', end + 124, end + 135), 8);
    const next = end + BLOCK + Math.ceil(size / BLOCK) * BLOCK;
    const entry = tar.subarray(end, next);
    if (name === '/PG_VERSION') version = entry;
    // The socket's lock is of the process that made this.
    else if (name !== '/postmaster.pid') entries.push(entry);
    end = next;
  }
  if (version === undefined) throw new Error('The new database has no PG_VERSION');
  return Buffer.concat([...entries, version, tar.subarray(end)]);
}
