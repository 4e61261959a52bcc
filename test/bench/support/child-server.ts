import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export interface ChildServer {
  port: number;
  /** CPU microseconds it has used so far. */
  cpuUs(): Promise<number>;
  stop(): Promise<void>;
}

export async function startGuardedServer(
  options: { hasGuards?: boolean; env?: Record<string, string> } = {},
): Promise<ChildServer> {
  const argument = JSON.stringify({ hasGuards: options.hasGuards ?? true, env: options.env ?? {} });
  const child = fork(join(import.meta.dirname, 'guarded-server.ts'), [argument], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return {
    port,
    async cpuUs() {
      child.send('usage');
      const [{ cpu }] = (await once(child, 'message')) as [{ cpu: NodeJS.CpuUsage }];
      return cpu.user + cpu.system;
    },
    async stop() {
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    },
  };
}
