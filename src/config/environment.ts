import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The process environment over the `.env` file: what is set for the process wins. */
export function readEnvironment(envFile = '.env', own: Environment = process.env): Environment {
  return { ...readEnvFile(envFile), ...own };
}

function readEnvFile(path: string): Environment {
  try {
    return parseEnv(readFileSync(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}
