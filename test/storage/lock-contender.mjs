// Tries to lock each directory that it is told of, and says whether it did. Run several times by data-dir-lock.e2e-spec.ts.
import { createInterface } from 'node:readline';
import { DataDirLock } from '../../dist/storage/data-dir-lock.js';

for await (const directory of createInterface({ input: process.stdin })) {
  const lock = new DataDirLock(directory, { onWait: () => undefined, onLost: () => undefined });
  const outcome = await (async () => lock.acquire())().then(
    () => 'has it',
    (error) => error.message,
  );
  process.stdout.write(`${outcome}\n`);
}
