/** What access needs to know of the HTTP server; app.module.ts passes it, as rooms of one floor do not meet. */
export interface AccessOptions {
  host: string;
  corsOrigins: readonly string[];
  isBehindProxy: boolean;
}

export const ACCESS_OPTIONS = Symbol('ACCESS_OPTIONS');
