import { join } from 'node:path';
import ts from 'typescript';
import { documents, fences, readDocument, ROOT } from '../support/markdown.js';

interface Sample {
  where: string;
  /** Where it would stand, as its first line says: imports are read from there. */
  file: string;
  text: string;
}

const samples = documents().flatMap((document) =>
  fences(readDocument(document))
    .filter(({ language }) => language === 'ts' || language === 'typescript')
    .map(({ text, line }): Sample => {
      const [, path = ''] = /^\/\/ (\S+\.ts)\n/.exec(text) ?? [];
      return { where: `${document}:${line}`, file: path, text };
    }),
);

describe('the TypeScript in the documents', () => {
  it('says in its first line where it stands', () => {
    expect(samples.filter(({ file }) => file === '').map(({ where }) => where)).toEqual([]);
    expect(samples.length).toBeGreaterThan(2);
  });

  it('compiles there', () => {
    expect(mistakesOf(samples)).toEqual([]);
  }, 120_000);

  it('would be seen if it did not', () => {
    const text = "import { Clock } from './clock.js';\nexport const now: string = new Clock();\n";
    expect(mistakesOf([{ where: 'here', file: 'src/clock/sample.ts', text }])).toEqual([
      expect.stringMatching(/^here: /),
    ]);
  }, 120_000);
});

/** As `npm run check:types` would find them, were the samples files. */
function mistakesOf(all: readonly Sample[]): string[] {
  const { options } = ts.getParsedCommandLineOfConfigFile(
    join(ROOT, 'test/tsconfig.json'),
    { incremental: false, noUnusedLocals: false },
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined },
  ) as ts.ParsedCommandLine;
  delete options.tsBuildInfoFile;
  const texts = new Map(all.map((sample, i) => [placeOf(sample, i), sample.text]));
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (name) => texts.has(name) || fileExists(name);
  host.readFile = (name) => texts.get(name) ?? readFile(name);
  // How it is read decides whether it is a module, and so which types of a package it sees.
  host.getSourceFile = (name, how, ...rest) => {
    const text = texts.get(name);
    return text === undefined ? getSourceFile(name, how, ...rest) : ts.createSourceFile(name, text, how);
  };
  const types = join(ROOT, 'src/http/class-transformer-storage.d.ts');
  const program = ts.createProgram([...texts.keys(), types], options, host);
  return [...texts.keys()].flatMap((name, i) => {
    const source = program.getSourceFile(name);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
      ({ messageText }) => `${all[i]?.where}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
    );
  });
}

/** Beside the file that it shows, which may exist. */
function placeOf({ file }: Sample, index: number): string {
  return join(ROOT, file.replace(/\.ts$/, `.sample-${index}.ts`));
}
