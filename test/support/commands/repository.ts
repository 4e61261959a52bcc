import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONFIG_SECTIONS } from '../../../src/app.config.js';
import { ROOT } from '../markdown.js';

/** What is wrong with the arguments of a program; nothing, as a rule. */
export type Check = (args: string[]) => string[];

export const unless = (isFine: boolean, fault: string): string[] => (isFine ? [] : [fault]);
export const readText = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
export const isThere = (path: string): boolean => existsSync(join(ROOT, path));

const VARIABLES = new Set(
  CONFIG_SECTIONS.flatMap((section) =>
    Object.entries(section.variables).flatMap(([name, { otherNames = [] }]) => [name, ...otherNames]),
  ),
);

/** Whether the service reads this variable, or a file that it names. */
export const isVariable = (name: string): boolean =>
  VARIABLES.has(name) || VARIABLES.has(name.replace(/_FILE$/, ''));

/** A command inside of our image: Node with a file of ours, or what the image has; no npm scripts. */
export function inImage(command: string[]): string[] {
  const [program = '', ...args] = command;
  if (program === 'node') return node(args);
  return unless(['curl', 'printenv', 'ls', 'cat', 'sh'].includes(program), `the image has no ${program}`);
}

export function node(args: string[]): string[] {
  const file = args.find((arg) => !arg.startsWith('-'));
  if (args.includes('-e') || args.includes('-pe')) return [];
  if (file === undefined) return ['names no file'];
  const source = file.replace(/^dist\/(.*)\.js$/, 'src/$1.ts');
  return unless(isThere(source), `there is no ${source}`);
}

export function npm([verb = '', ...rest]: string[]): string[] {
  if (verb === 'ci') return [];
  const { scripts } = JSON.parse(readText('package.json')) as { scripts: Record<string, string> };
  const script = verb === 'run' ? (rest.find((arg) => !arg.startsWith('-')) ?? '') : verb;
  return unless(scripts[script] !== undefined, `there is no script ${script}`);
}
