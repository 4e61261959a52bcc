import { ConfigError } from './config/config-error.js';
import { createRedactor } from './observability/redaction.js';
import { BackupError } from './storage/backup/backup.errors.js';
import { StartupError } from './storage/storage.errors.js';

/** A start that cannot go on: expected reasons as plain sentences, the unexpected with its stack, and exit code 1. */
export function failStart(error: unknown): never {
  process.stderr.write(`${createRedactor([])(sentenceOf(error))}\n`);
  process.exit(1);
}

function sentenceOf(error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  if (error instanceof BackupError) return error.message;
  if (error instanceof StartupError) return `Clankerbot cannot start: ${error.message}`;
  const { code, address, port, syscall } = error as {
    code?: string;
    address?: string;
    port?: number;
    syscall?: string;
  };
  if (code === 'EADDRINUSE') {
    return `Clankerbot cannot start: ${address}:${port} is in use by another process. Stop it or set PORT.`;
  }
  if (code === 'EACCES' && port !== undefined) {
    return `Clankerbot cannot start: this user may not listen on port ${port}. Set PORT to 1024 or above.`;
  }
  if (isWrongHost(code) || (code === 'EINVAL' && syscall === 'listen')) {
    return 'Clankerbot cannot start: HOST is not an address of this machine.';
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** EINVAL beside these, when listening: an address of one link (fe80::…) without the name of the link. */
function isWrongHost(code: string | undefined): boolean {
  return code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN';
}
