import { cruise } from 'dependency-cruiser';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

type Options = Parameters<typeof cruise>[1];

const { forbidden, options } = createRequire(import.meta.url)('./import-rules.cjs') as {
  forbidden: unknown[];
  options: object;
};

/** Cruises a small planted house and answers the names of the rules it breaks. */
async function brokenRules(files: Record<string, string>): Promise<string[]> {
  const house = mkdtempSync(join(tmpdir(), 'house-'));
  const before = process.cwd();
  try {
    symlinkSync(join(before, 'node_modules'), join(house, 'node_modules'));
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(house, path)), { recursive: true });
      writeFileSync(join(house, path), text);
    }
    process.chdir(house);
    const { tsConfig: _notPlanted, ...rest } = options as Record<string, unknown>;
    const cruiseOptions = { ...rest, ruleSet: { forbidden }, validate: true } as Options;
    const { output } = await cruise(['src'], cruiseOptions);
    if (typeof output === 'string') throw new Error(output);
    return [...new Set(output.summary.violations.map((violation) => violation.rule.name))].sort();
  } finally {
    process.chdir(before);
    rmSync(house, { recursive: true, force: true });
  }
}

const imports = (path: string): string => `import { thing } from '${path}';\nexport const other = thing;\n`;
const THING = 'export const thing = 1;\n';

describe('the import rules', () => {
  it('let a room import a lower floor', async () => {
    expect(
      await brokenRules({ 'src/flows/a.ts': imports('../actions/b.js'), 'src/actions/b.ts': THING }),
    ).toEqual([]);
  });

  it('let a room import itself', async () => {
    expect(await brokenRules({ 'src/flows/a.ts': imports('./b.js'), 'src/flows/b.ts': THING })).toEqual([]);
  });

  it('catch an import upwards', async () => {
    const broken = await brokenRules({
      'src/storage/a.ts': imports('../flows/b.js'),
      'src/flows/b.ts': THING,
    });
    expect(broken).toContain('storage-looks-down-only');
  });

  it('catch an import on the same floor', async () => {
    const broken = await brokenRules({
      'src/access/a.ts': imports('../throttling/b.js'),
      'src/throttling/b.ts': THING,
    });
    expect(broken).toEqual(['access-looks-down-only']);
  });

  it('catch an import upwards within a room', async () => {
    const broken = await brokenRules({
      'src/flows/document/a.ts': imports('../execution/b.js'),
      'src/flows/execution/b.ts': THING,
      'src/integrations/clockify/operations/a.ts': imports('../recovery/b.js'),
      'src/integrations/clockify/recovery/b.ts': THING,
    });
    expect(broken).toEqual([
      'flows/document-looks-down-only',
      'integrations/clockify/operations-looks-down-only',
    ]);
  });

  it('let a folder within a room import a lower one, and what lies in the room', async () => {
    const broken = await brokenRules({
      'src/flows/execution/a.ts': imports('../document/b.js') + "export { thing as more } from '../c.js';\n",
      'src/flows/document/b.ts': THING,
      'src/flows/c.ts': THING,
    });
    expect(broken).toEqual([]);
  });

  it('let sources be used by the doors, and not the other way round', async () => {
    const broken = await brokenRules({
      'src/webhooks/a.ts': imports('../sources/b.js'),
      'src/sources/b.ts': THING,
      'src/sources/c.ts': imports('../webhooks/d.js'),
      'src/webhooks/d.ts': THING,
    });
    expect(broken).toEqual(['sources-looks-down-only']);
  });

  it('let commands see the house, and nobody see a command', async () => {
    const broken = await brokenRules({
      'src/commands/a.ts': imports('../app.module.js'),
      'src/app.module.ts': THING,
      'src/storage/b.ts': imports('../commands/c.js'),
      'src/commands/c.ts': THING,
    });
    expect(broken).toEqual(['commands-are-started-only']);
  });

  it('catch a cycle inside a room', async () => {
    const broken = await brokenRules({
      'src/flows/a.ts': "import { b } from './b.js';\nexport const a = (): unknown => b;\n",
      'src/flows/b.ts': "import { a } from './a.js';\nexport const b = (): unknown => a;\n",
    });
    expect(broken).toEqual(['no-cycles']);
  });

  it('catch a folder that stands on no floor', async () => {
    const broken = await brokenRules({
      'src/utils/a.ts': imports('../errors/b.js'),
      'src/errors/b.ts': THING,
    });
    expect(broken).toEqual(['every-room-has-a-floor']);
  });

  it('catch a room that knows the house', async () => {
    const broken = await brokenRules({
      'src/flows/a.ts': imports('../app.module.js'),
      'src/app.module.ts': THING,
    });
    expect(broken).toEqual(['rooms-do-not-know-the-house']);
  });

  it('catch product code that imports a test', async () => {
    const broken = await brokenRules({
      'src/flows/a.ts': imports('./b.spec.js'),
      'src/flows/b.spec.ts': THING,
    });
    expect(broken).toEqual(['no-tests-in-the-product']);
  });

  it('catch tracing that is loaded before it is wanted', async () => {
    const broken = await brokenRules({
      'src/observability/a.ts': imports('./otlp-tracing.js'),
      'src/observability/otlp-tracing.ts': THING,
    });
    expect(broken).toEqual(['tracing-is-imported-dynamically']);
  });
});
