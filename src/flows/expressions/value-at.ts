/** What stands at a path as faults write it: `body.tagIds[0]`. */
export function valueAt(root: unknown, path: string): unknown {
  const parts = path.split(/[.[\]]+/).filter((part) => part !== '');
  let value = root;
  for (const part of parts) {
    if (typeof value === 'string') return value; // The whole subtree is one text, a template.
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value;
}
