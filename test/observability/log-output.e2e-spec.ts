import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const output = pathToFileURL(join(import.meta.dirname, '../../dist/observability/log-output.js')).href;
/** More than a pipe holds. */
const LINES = 2_000;

const linesBefore = async (end: string): Promise<{ count: number; code: number | null }> => {
  const script = `
    const { createLogOutput } = await import(${JSON.stringify(output)});
    const out = createLogOutput();
    for (let i = 0; i < ${LINES}; i++) out.write('x'.repeat(200) + '\\n');
    ${end}`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { count: text.split('\n').length - 1, code };
};

describe('the log of a process that ends', () => {
  it.each([
    ['by itself', '', 0],
    ['by decision', 'process.exit(3);', 3],
    ['by an error', 'throw new Error("no");', 1],
    ['a turn later', 'setImmediate(() => { out.write("last\\n"); process.exit(3); });', 3],
  ])('has every line when it ends %s', async (_how, end, code) => {
    const isLater = end.includes('last');
    expect(await linesBefore(end)).toEqual({ count: isLater ? LINES + 1 : LINES, code });
  });
});
