import { get, runLoad } from './raw-load.ts';

/** A child process that floods `path` on `port` and sends back what was answered, so that it shares no event loop. */
const { port, count, connections, path } = JSON.parse(process.argv[2] ?? '{}') as {
  port: number;
  count: number;
  connections: number;
  path: string;
};
const { latencies: _latencies, ...result } = await runLoad({
  port,
  count,
  connections,
  request: () => get(path),
});
process.send?.(result);
process.disconnect();
