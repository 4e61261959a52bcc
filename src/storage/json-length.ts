/**
 * About as many characters as a value has in JSON; of one that has more than `max`, some number above it. Looks at no
 * more than it needs for that, and writes nothing: what refers to the same payload a thousand times is small in memory,
 * and as text more than a text can hold.
 */
export function jsonLength(value: unknown, max: number): number {
  const open = [value];
  let length = 0;
  while (open.length > 0 && length <= max) {
    const next = open.pop();
    length += 2;
    if (typeof next === 'string') length += next.length;
    else if (Array.isArray(next)) length += pushAll(next, open, max);
    else if (typeof next === 'object' && next !== null) {
      for (const key of Object.keys(next)) length += key.length + 3;
      if (length <= max) length += pushAll(Object.values(next), open, max);
    } else length += 4;
  }
  return length;
}

function pushAll(items: readonly unknown[], open: unknown[], max: number): number {
  if (items.length <= max) for (const item of items) open.push(item);
  return items.length;
}
