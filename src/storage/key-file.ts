import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { StartupError } from './storage.errors.js';

const OWNER_ONLY = 0o600;
const HEX_OF_32_BYTES = /^[0-9a-f]{64}$/;

export function readKeyFile(path: string): Buffer {
  const text = readFileSync(path, 'utf8').trim();
  if (!HEX_OF_32_BYTES.test(text))
    throw new StartupError(`${path} does not hold a key (64 hexadecimal digits): put the right one back`);
  return Buffer.from(text, 'hex');
}

/** Writes the key so that it is there whole or not at all, also after a power cut. One process has the directory: nobody else makes one. */
export function makeKeyFile(path: string, key: Buffer): void {
  const draft = `${path}.${process.pid}`;
  rmSync(draft, { force: true });
  const file = openSync(draft, 'wx', OWNER_ONLY);
  try {
    writeSync(file, `${key.toString('hex')}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(draft, path);
  syncDirectory(dirname(path));
}

function syncDirectory(path: string): void {
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
