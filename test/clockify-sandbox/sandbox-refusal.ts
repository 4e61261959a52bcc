/** An answer that is an error, in the vendor's own words and numbers. */
export class SandboxRefusal extends Error {
  constructor(
    readonly status: number,
    readonly code: number,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }

  get body(): { message: string; code: number } {
    return { message: this.message, code: this.code };
  }
}

export const GENERIC = 3000;
export const INVALID = 501;

/** Validation messages repeat what was sent, as the vendor's do: nobody should log them as they are. */
export function invalid(message: string): SandboxRefusal {
  return new SandboxRefusal(400, INVALID, message);
}

/** What a missing entity answers instead of 404. */
export function notInWorkspace(what: string, id: string): SandboxRefusal {
  return invalid(`${what} with id ${id} doesn't belong to Workspace`);
}

export function noRoute(path: string): SandboxRefusal {
  return new SandboxRefusal(404, GENERIC, `No static resource ${path.replace(/^\//, '')}.`);
}

export function notFound(message: string): SandboxRefusal {
  return new SandboxRefusal(404, GENERIC, message);
}

export function wrongMethod(method: string, allowed: readonly string[]): SandboxRefusal {
  return new SandboxRefusal(405, GENERIC, `Request method '${method}' is not supported`, {
    allow: [...allowed].sort().join(', '),
  });
}

export function unreadable(what: string): SandboxRefusal {
  return new SandboxRefusal(400, GENERIC, `Failed to read ${what}`);
}

export function denied(): SandboxRefusal {
  return new SandboxRefusal(403, 403, 'Access Denied');
}

export function tooManyRequests(retryAfterSeconds: number): SandboxRefusal {
  return new SandboxRefusal(429, 429, 'Too many requests', { 'retry-after': String(retryAfterSeconds) });
}
