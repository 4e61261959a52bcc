const SEGMENT = /^(?:\.([A-Za-z_$][\w$-]*)|\['([^'`]+)'\]|\["([^"`]+)"\]|\[(\d{1,6}|\*)\]|\.\*)/;
const PLAIN = /^[A-Za-z_$][\w$]*$/;

/**
 * A JSONPath of the predecessors (`$.project.id`, `$['a b'][0]`, `$.items[*].id`) as a path of ours under `root`.
 * They used the first match only, so `[*]` means the first item. Undefined for forms that they did not have.
 */
export function convertJsonPath(path: string, root = ''): string | undefined {
  if (!path.startsWith('$')) return undefined;
  let rest = path.slice(1);
  let converted = root;
  while (rest !== '') {
    const match = SEGMENT.exec(rest);
    if (!match) return undefined;
    const name = match[1] ?? match[2] ?? match[3];
    if (name === undefined) converted += match[4] === '*' || match[4] === undefined ? '[0]' : `[${match[4]}]`;
    else converted += `${converted === '' ? '' : '.'}${PLAIN.test(name) ? name : `\`${name}\``}`;
    rest = rest.slice(match[0].length);
  }
  return converted === '' ? undefined : converted;
}

const LEGACY_CONTEXT = /^\$(?:\.|\[['"])(webhook|payload|action_(\d{1,3})(_result)?)(?:['"]\])?(?=[.[]|$)/;

/** `$.webhook.x` and `$.action_0_result.y` as expressions of ours; any other text as it is. */
export function convertLegacyReference(text: string): string {
  const match = LEGACY_CONTEXT.exec(text);
  if (!match) return text;
  const [all, , index] = match;
  let rest = text.slice(all.length);
  // The predecessors wrapped a response as {status_code, data}; here the result is the data.
  if (index !== undefined) rest = rest.replace(/^\.data(?=[.[]|$)/, '');
  const root = index === undefined ? 'payload' : `steps.action_${index}.result`;
  const path = convertJsonPath(`$${rest}`, root);
  return path === undefined ? text : `{{ ${path} }}`;
}

export function convertReferences(value: unknown): unknown {
  if (typeof value === 'string') return convertLegacyReference(value);
  if (Array.isArray(value)) return value.map(convertReferences);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, convertReferences(item)]));
}
