import { analyse } from './expression-analysis.js';
import { costsLittle } from './expression-cost.js';

describe('the cost of an expression', () => {
  const costs = (source: string, payload: unknown) => costsLittle(analyse(source), { payload });
  const small = {
    name: 'Acme',
    hours: 7.5,
    tags: ['a'],
    entries: Array.from({ length: 20 }, () => ({ h: 1 })),
  };
  const large = { ...small, items: Array.from({ length: 1000 }, () => ({ a: 1, b: 'x'.repeat(4800) })) };

  it.each([
    'payload.hours > 5 and payload.name = "Acme"',
    'payload.name & " has " & payload.hours & " h" & payload.missing',
    '{"n": payload.name, "list": [1, payload.hours]}',
    '$sum(payload.entries.h) / $count(payload.entries)',
    'payload.hours > 5 ? $uppercase(payload.name) : "none"',
    '$join(payload.tags, ", ") & $substringBefore(payload.name, "c")',
    '$now()',
    '$string(payload.tags)',
  ])('is little for %s', (source) => {
    expect(costs(source, small)).toBe(true);
  });

  it('is that of what is looked up, and not of all there is', () => {
    expect(costs('payload.hours > 5', large)).toBe(true);
    expect(costs('payload.items.a', large)).toBe(false);
    expect(costs('$string(payload.items)', large)).toBe(false);
    expect(costs('payload.items[0].b & "!"', large)).toBe(false);
    expect(costs(Array(26).fill('$string(payload)').join('&'), large)).toBe(false);
    const half = { ...small, text: 'x'.repeat(50_000) };
    expect(costs('$string(payload)', half)).toBe(true);
    expect(costs(Array(26).fill('$string(payload)').join('&'), half)).toBe(false);
  });

  it.each([
    ['what escapes over and over', '""&[""&[""&[payload.name]]]'],
    ['the same with a function', '$string([$string([payload.name])])'],
    ['the same out of a function', '$string($append($string($append(payload.name, 1)), 1))'],
    ['a separator of any length', '$join(payload.tags, payload.name)'],
    ['a text sought in another', '$substringAfter(payload.name, payload.name)'],
    ['a function over the whole scope', '$string()'],
    ['indents', '$string(payload, true)'],
    ['a picture', '$fromMillis(payload.hours, "[Y]")'],
    ['a date to be read', '$toMillis(payload.name)'],
    ['a lambda', '$map(payload.tags, function($t) { $t })'],
    ['a variable', '($x := payload.name; $x)'],
    ['a filter', 'payload.entries[h > 1]'],
    ['a pattern', '$match(payload.name, /a/)'],
    ['a wildcard', 'payload.*'],
  ])('is not known for %s', (_what, source) => {
    expect(costs(source, small)).toBe(false);
  });

  it('is seen of a value of any depth', () => {
    const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`) as unknown;
    expect(costs('$count(payload)', deep)).toBe(false);
  });
});
