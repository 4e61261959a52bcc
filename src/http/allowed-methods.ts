import type { Express } from 'express';

/** The part of Express 5's router that says which routes exist. */
interface Layer {
  match(path: string): boolean;
  route?: { path: string; methods: Record<string, boolean> };
}

/** The methods that some route accepts for this path. */
export function allowedMethods(app: Express, path: string): string[] {
  const layers = app.router.stack as unknown as Layer[];
  const found = layers.filter((layer) => layer.route !== undefined && layer.match(path));
  // /flows/validate is no flow of that name, although GET /flows/:id would find none there.
  const literal = found.filter(({ route }) => route?.path.includes(':') === false);
  const methods = (literal.length > 0 ? literal : found)
    .flatMap((layer) => Object.keys(layer.route?.methods ?? {}))
    .map((method) => method.toUpperCase());
  return [...new Set(methods)].sort();
}
