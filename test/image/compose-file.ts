import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export interface ComposeService {
  image: string;
  build?: string;
  profiles?: string[];
  ports?: string[];
  volumes?: string[];
  tmpfs?: string[];
  configs?: { source: string; target: string }[];
  environment?: Record<string, string | number>;
  depends_on?: Record<string, { condition: string; required?: boolean }>;
  healthcheck?: { test: string[] };
  security_opt?: string[];
  cap_drop?: string[];
  read_only?: boolean;
  restart?: string;
  container_name?: string;
}

export interface ComposeFile {
  services: Record<string, ComposeService>;
  configs: Record<string, { content: string }>;
  volumes: Record<string, null>;
}

export const REPOSITORY = join(import.meta.dirname, '../..');
const TEXT = readFileSync(join(REPOSITORY, 'compose.yaml'), 'utf8');

/** The file as Compose reads it with this .env: `$NAME`s are replaced in its texts. */
export function composeWith(env: Record<string, string>): ComposeFile {
  return parse(TEXT, (_key, value: unknown) =>
    typeof value === 'string' ? interpolate(value, env) : value,
  ) as ComposeFile;
}

/** Compose's rules: with a colon, empty counts as not set; the innermost goes first. */
function interpolate(text: string, env: Record<string, string>): string {
  const next = text.replace(
    /\$\{([A-Z_]+)(:?)([-+])([^${}]*)\}|\$\{([A-Z_]+)\}/g,
    (_whole, name: string, colon: string, kind: string, word: string, plain: string) => {
      if (plain !== undefined) return env[plain] ?? '';
      const value = env[name];
      const isSet = value !== undefined && (colon === '' || value !== '');
      if (kind === '+') return isSet ? word : '';
      return isSet ? value : word;
    },
  );
  return next === text ? text : interpolate(next, env);
}

export const startedBy = (file: ComposeFile, profiles: string[]): string[] =>
  Object.entries(file.services)
    .filter(([, { profiles: own }]) => own === undefined || own.some((name) => profiles.includes(name)))
    .map(([name]) => name);
