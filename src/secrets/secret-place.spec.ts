import { fillPlaces, pathText, placesIn, secretNamed } from './secret-place.js';

describe('places of secrets', () => {
  const params = { a: 'x {{ secrets.one }} y {{secrets.two}}', list: [0, { b: '{{ secrets.one }}' }], n: 1 };
  const places = placesIn(params);

  it('are found in texts at any depth, and filled without changing what was given', () => {
    expect(places.map(({ path, name }) => `${pathText(path)} ${name}`)).toEqual([
      'a one',
      'a two',
      'list[1].b one',
    ]);
    const before = structuredClone(params);
    expect(fillPlaces(params, places, (name) => `<${name}>`)).toEqual({
      a: 'x <one> y <two>',
      list: [0, { b: '<one>' }],
      n: 1,
    });
    expect(params).toEqual(before);
  });

  it('are filled once: a value that looks like a place stays a value', () => {
    const filled = fillPlaces(params, places, (name) => (name === 'one' ? '{{ secrets.two }}$&' : '$1'));
    expect(filled['a']).toBe('x {{ secrets.two }}$& y $1');
  });

  it.each([
    ['another name', { name: 'other' }],
    ['another position', { at: 3 }],
    ['another length', { length: 2 }],
    ['another path', { path: ['n'] }],
    ['a path that is not there', { path: ['toString', 'length'] }],
  ])('are refused with %s than the params have', (_what, change) => {
    const [first] = places;
    expect(() => fillPlaces(params, [{ ...first!, ...change }], () => 'value')).toThrow('no placeholder');
  });

  it('are named by an expression that is nothing else', () => {
    expect(secretNamed('secrets.a_1')).toBe('a_1');
    for (const other of [
      'secrets',
      'secrets.A',
      'secrets.a.b',
      'secrets.a & "x"',
      '$secrets.a',
      'secrets.1a',
    ])
      expect(secretNamed(other)).toBeUndefined();
  });
});
