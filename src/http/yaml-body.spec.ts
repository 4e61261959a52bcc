import { AppError } from '../errors/app-error.js';
import { isYaml, parseYamlBody } from './yaml-body.js';

const limits = { maxDepth: 10, maxKeys: 50 };
const parse = (text: string) => parseYamlBody(Buffer.from(text), limits);

describe('a body in YAML', () => {
  it('is known by its type', () => {
    expect(isYaml('application/yaml')).toBe(true);
    expect(isYaml('text/x-yaml; charset=utf-8')).toBe(true);
    expect(isYaml('application/json')).toBe(false);
    expect(isYaml(undefined)).toBe(false);
  });

  it('means what JSON can say', () => {
    expect(parse('a: 1\nb: [x, 2027-01-01, yes]\nc: ~\nd: !!str 5\ne: !!map {f: !!int 1}\n')).toEqual({
      a: 1,
      b: ['x', '2027-01-01', 'yes'],
      c: null,
      d: '5',
      e: { f: 1 },
    });
  });

  it.each([
    ['a broken text', 'a: [1'],
    ['the same key twice', 'a: 1\na: 2'],
    ['two documents', 'a: 1\n---\nb: 2'],
    ['a key that reaches the prototype', '__proto__: {x: 1}'],
    ['deep nesting', `${'['.repeat(12)}${']'.repeat(12)}`],
    ['many items', `[${'1,'.repeat(60)}1]`],
    [
      'aliases that multiply',
      'a: &a [1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c]',
    ],
    ['an alias of itself', 'a: &a [*a]'],
    ['a lone surrogate', 'a: "\\ud800"'],
    ['a number without end', 'a: [1, .inf]'],
    ['a number too large for any', 'a: 1e999'],
    ['a number that is none', 'a: .nan'],
    ['bytes', 'a: !!binary aGk='],
    ['a set', 'a: !!set {x, y}'],
    ['a function', 'a: !!js/function "x"'],
    ['a tag of its own', 'a: !thing {x: 1}'],
  ])('is refused for %s', (_what, text) => {
    expect(() => parse(text)).toThrow(AppError);
  });

  it.each([
    ['commas', `[${','.repeat(100_000)}`],
    ['closing brackets', ']'.repeat(100_000)],
    ['tags', '!a '.repeat(40_000)],
    ['empty lists', `[${'[],'.repeat(40_000)}1]`],
    ['blank lines', `a: 1${'\n'.repeat(100_000)}`],
    ['directives', '%A\n'.repeat(40_000)],
    ['dense keys', '{a: 1, '.repeat(15_000)],
  ])('is read no further than to its first fault, or to the marks that it may have: %s', (_what, text) => {
    expect(() => parseYamlBody(Buffer.from(text), { maxDepth: 64, maxKeys: 50_000 })).toThrow(
      /not valid YAML|30000 marks/,
    );
  });

  it('may have as many marks as a flow of several hundred steps', () => {
    const step = '- action: a.b\n  params: { id: "{{ event.workspaceId }}", name: "{{ payload.name }}" }\n';
    const value = parseYamlBody(Buffer.from(step.repeat(800)), { maxDepth: 64, maxKeys: 50_000 });
    expect(value).toHaveLength(800);
  });

  it('is refused with the place of its first fault', () => {
    expect(() => parse('a: 1\nb: {c: [1, }\nd: [')).toThrow(
      expect.objectContaining({ details: { position: 16 } }),
    );
  });

  it('is refused when it is large or not UTF-8', () => {
    expect(() => parse('x'.repeat(150_000))).toThrow('128 KiB');
    expect(() => parseYamlBody(Buffer.from([0xff, 0xfe]), limits)).toThrow('UTF-8');
  });
});
