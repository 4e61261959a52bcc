import v8 from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collect = (options: { type: 'major'; execution: 'sync'; flavor: 'last-resort' }) => void;

/**
 * Loading the modules leaves tens of megabytes of garbage behind, which V8 keeps until something fills its heap. An
 * idle service would never give them back, so one collection is asked for when the start is over.
 */
export function releaseStartupMemory(): void {
  v8.setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as Collect;
  // Only the last-resort flavour also hands emptied pages back to the system.
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
