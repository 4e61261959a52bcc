/**
 * Optimising the embedded Postgres' WebAssembly costs half a gigabyte for little, and garbage of rows is soon garbage: a
 * command beside the service has to do with what the service's container has left.
 */
const FLAGS = ['--liftoff-only', '--max-semi-space-size=2'];

/** Puts this process in place of itself with flags that save memory, whatever it was started with. Call it first of all. */
export function saveMemory(): void {
  if (FLAGS.every((flag) => process.execArgv.includes(flag)) || process.execve === undefined) return;
  const others = process.execArgv.filter((flag) => !FLAGS.includes(flag));
  process.execve(process.execPath, [process.execPath, ...others, ...FLAGS, ...process.argv.slice(1)]);
}
