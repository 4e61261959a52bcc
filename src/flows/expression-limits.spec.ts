import { analyse } from './expressions/expression-analysis.js';
import { ExpressionEngine } from './expressions/expression-engine.js';
import type { FlowsConfig } from './flows.config.js';
import { withinEffort } from './expressions/reading-effort.js';
import { partsOf } from './expressions/template.js';

describe('the limits of expressions', () => {
  const engine = new ExpressionEngine({
    FLOW_EXPRESSION_TIMEOUT_MS: 5000,
    FLOW_EXPRESSION_PROCESSES: 1,
  } as FlowsConfig);
  afterAll(() => engine.onApplicationShutdown());

  it('are 4000 characters, and not one more', () => {
    expect(analyse(`"${'x'.repeat(3998)}"`).parts).toBe(1);
    expect(() => analyse(`"${'x'.repeat(3999)}"`)).toThrow('longer than 4000');
  });

  it('are 500 of one operator, and not one more', () => {
    expect(analyse(`1${'+1'.repeat(500)}`).parts).toBeGreaterThan(500);
    expect(() => analyse(`1${'+1'.repeat(501)}`)).toThrow('more than 500');
  });

  it('are 1000 expressions in a text, and not one more', () => {
    const text = (count: number) => Array.from({ length: count }, (_, n) => `{{${n}}}`).join('');
    expect(partsOf(text(1000))).toHaveLength(1000);
    expect(() => partsOf(text(1001))).toThrow('more than 1000');
  });

  it('are 262144 characters of a result in JSON, and not one more', async () => {
    const result = (length: number) => engine.of('a').expression(`$pad("", ${length - 2}, "x")`, {});
    expect(await result(262_144)).toHaveLength(262_142);
    await expect(result(262_145)).rejects.toThrow('larger than 262144');
  });

  it('count for one document at a time, and not for what is read later', () => {
    const read = (from: number, count: number) => {
      for (let n = 0; n < count; n++) analyse(`payload.a${from + n} = "${'x'.repeat(1000)}"`);
    };
    expect(() => withinEffort(() => read(0, 250))).toThrow('together are too long');
    expect(() => withinEffort(() => read(1000, 150))).not.toThrow();
    expect(() => read(2000, 250)).not.toThrow();
  });
});
