import type { NextFunction, Request, Response } from 'express';

export type RouteHandler = (request: Request, response: Response, next: NextFunction) => unknown;

interface IndexedRoute {
  template: string;
  handler: RouteHandler;
  /** The name of the last segment where that is a parameter. */
  parameter?: string;
}

const LITERAL = /^(?:\/[\w.-]+)+$/;
const LAST_IS_PARAMETER = /^(?<prefix>(?:\/[\w.-]+)+)\/:(?<parameter>\w+)$/;

/**
 * Finds by one look what Express finds by trying sixty routes in turn: paths without parameters, and those whose only
 * parameter is their end. What it does not find (another case, a slash at the end, a value in percent signs) is still
 * there for Express to find.
 */
export class RouteIndex {
  readonly #literal = new Map<string, IndexedRoute>();
  /** Paths without parameters, in lower case: to Express /events/STREAM is the stream, not an event of that id. */
  readonly #literalInAnyCase = new Set<string>();
  readonly #byPrefix = new Map<string, IndexedRoute>();

  /** The first of two equal ones counts, as with Express. */
  add(method: string, template: string, handler: RouteHandler): void {
    if (LITERAL.test(template)) {
      addFirst(this.#literal, `${method} ${template}`, { template, handler });
      this.#literalInAnyCase.add(template.toLowerCase());
    }
    const { prefix, parameter } = LAST_IS_PARAMETER.exec(template)?.groups ?? {};
    if (prefix !== undefined && parameter !== undefined)
      addFirst(this.#byPrefix, `${method} ${prefix}`, { template, handler, parameter });
  }

  /** A middleware: carries the request to its route, or lets it pass. */
  readonly use = (request: Request, response: Response, next: NextFunction): unknown => {
    const { method, path } = request;
    const literal = this.#literal.get(`${method} ${path}`);
    if (literal !== undefined) return enter(literal, {}, request, response, next);
    const end = path.lastIndexOf('/');
    const route = this.#byPrefix.get(`${method} ${path.slice(0, end)}`);
    const value = path.slice(end + 1);
    if (route?.parameter === undefined || value === '' || value.includes('%')) return next();
    if (this.#literalInAnyCase.has(path.toLowerCase())) return next();
    return enter(route, { [route.parameter]: value }, request, response, next);
  };
}

function addFirst(routes: Map<string, IndexedRoute>, key: string, route: IndexedRoute): void {
  if (!routes.has(key)) routes.set(key, route);
}

function enter(
  { template, handler }: IndexedRoute,
  params: Record<string, string>,
  request: Request,
  response: Response,
  next: NextFunction,
): unknown {
  request.params = params;
  request.route = { path: template };
  return handler(request, response, next);
}
