import type { ChangedFile, Objection } from './departing.js';
import { matchesPattern } from './path-pattern.js';

export interface PathRules {
  /** The operator's `exclude_patterns`. */
  excluded: readonly string[];
  /** The operator's `source_directories`; nothing outside of them may change. Empty: anywhere. */
  within: readonly string[];
}

/** What runs by itself, or decides who may say yes. It is for people to change. */
const ALWAYS_DENIED = [
  '.git',
  '.gitmodules',
  '.gitattributes',
  '.gitconfig',
  '.github/workflows',
  '.github/actions',
  '.github/dependabot.yml',
  '.github/dependabot.yaml',
  '.husky',
  '.githooks',
  'CODEOWNERS',
];

const LONGEST_NAME = 255;
const LONGEST_PATH = 4096;

export function pathObjections({ path }: ChangedFile, { excluded, within }: PathRules): Objection[] {
  const reason = whyOdd(path) ?? whyDenied(path, excluded) ?? whyOutside(path, within);
  return reason === undefined ? [] : [{ kind: 'path', where: shown(path), reason }];
}

/** A name that means another place on some file system, or hides what it is. */
function whyOdd(path: string): string | undefined {
  if (path === '' || path.startsWith('/') || /^[a-z]:/i.test(path)) return 'is no path within the repository';
  const parts = path.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..')) return 'leads elsewhere';
  if (HIDDEN.test(path)) return 'has characters that cannot be seen';
  if (path.includes('\\')) return 'has a backslash, which is a folder elsewhere';
  if (!path.isWellFormed() || path.includes('\ufffd')) return 'is no UTF-8';
  const isLong = path.length > LONGEST_PATH || parts.some((part) => Buffer.byteLength(part) > LONGEST_NAME);
  return isLong ? 'is too long' : undefined;
}

const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

function whyDenied(path: string, excluded: readonly string[]): string | undefined {
  const plain = plainPath(path);
  if (ALWAYS_DENIED.some((pattern) => matchesPattern(plain, pattern.toLowerCase())))
    return 'is for people to change';
  // git~1 is .git on file systems that keep short names.
  if (plain.split('/').some((part) => /^git~\d$/.test(part))) return 'is for people to change';
  const isExcluded = excluded.some((pattern) => matchesPattern(plain, pattern.toLowerCase()));
  return isExcluded ? 'is excluded by the configuration of the project' : undefined;
}

function whyOutside(path: string, within: readonly string[]): string | undefined {
  if (within.length === 0) return undefined;
  const isInside = within.some((folder) => path.startsWith(`${folder.replace(/^\.?\/+|\/+$/g, '')}/`));
  return isInside ? undefined : 'is outside of the source directories';
}

/** As file systems that do not look closely have it: without case, width, and what ends a name. */
function plainPath(path: string): string {
  return path
    .normalize('NFKC')
    .toLowerCase()
    .split('/')
    .map((part) => part.replace(/::?\$[^/]*$/, '').replace(/[. ]+$/, ''))
    .join('/');
}

function shown(path: string): string {
  return JSON.stringify(path.slice(0, 200).toWellFormed()).replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}
