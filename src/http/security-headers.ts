import type { Request, Response } from 'express';

/** An API that no page embeds, frames or caches. The documentation page, which is HTML, loosens its own policy. */
const API_POLICY = "default-src 'none'; frame-ancestors 'none'";
const DOCS_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'";

export function setSecurityHeaders(request: Request, response: Response): void {
  response.setHeader('Content-Security-Policy', request.path.startsWith('/docs') ? DOCS_POLICY : API_POLICY);
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('X-Frame-Options', 'DENY');
  response.setHeader('Referrer-Policy', 'no-referrer');
  response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
  response.setHeader('Cache-Control', 'no-store');
}
