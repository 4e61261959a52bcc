import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { ConfigError } from './config-error.js';

/** Some editors begin a file with it, and it would be the beginning of the first name. */
const BYTE_ORDER_MARK = /^\uFEFF/;

export type Environment = Readonly<Record<string, string | undefined>>;

/** The process environment over the `.env` file: what is set for the process wins. */
export function readEnvironment(envFile = '.env', own: Environment = process.env): Environment {
  return { ...readEnvFile(envFile), ...own };
}

function readEnvFile(path: string): Environment {
  try {
    return parseEnv(readFileSync(path, 'utf8').replace(BYTE_ORDER_MARK, ''));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return {};
    // A directory is what Docker makes where a file to mount is missing.
    const what = code === 'EISDIR' ? 'is a directory and not a file' : `cannot be read (${code})`;
    throw new ConfigError([`${path} ${what}`]);
  }
}
