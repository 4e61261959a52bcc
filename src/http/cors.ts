import cors from 'cors';
import type { RequestHandler } from 'express';
import type { HttpConfig } from './http.config.js';

const EXPOSED = [
  'X-Request-ID',
  'X-Run-ID',
  'Idempotency-Replayed',
  'Retry-After',
  'RateLimit-Limit',
  'RateLimit-Remaining',
  'RateLimit-Reset',
];

/** Browsers of the configured origins may call and read; without configuration no CORS header is ever sent. */
export function corsHandler(config: HttpConfig): RequestHandler | undefined {
  if (config.CORS_ORIGINS.length === 0) return undefined;
  const isForAll = config.CORS_ORIGINS.includes('*');
  return cors({ origin: isForAll ? '*' : [...config.CORS_ORIGINS], exposedHeaders: EXPOSED, maxAge: 600 });
}
