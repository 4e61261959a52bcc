import { ExpressionEngine } from './expression-engine.js';
import { ExpressionError } from '../flows.errors.js';
import type { FlowsConfig } from '../flows.config.js';
import { takesLessThan } from '../../../test/support/takes-less-than.js';
import { partsOf, render } from './template.js';

describe('expressions', () => {
  const config = { FLOW_EXPRESSION_TIMEOUT_MS: 200, FLOW_EXPRESSION_PROCESSES: 2 };
  const all = new ExpressionEngine(config as FlowsConfig);
  const engine = all.of('a flow');
  afterAll(() => all.onApplicationShutdown());
  const payload = { name: 'Acme', hours: 7.5, tags: ['a'], entries: [{ h: 1 }, { h: 2 }], none: null };
  const value = (source: string) => engine.expression(source, { payload });

  it.each<[string, unknown]>([
    ['payload.hours', 7.5],
    ['payload.tags', ['a']],
    ['payload.none', null],
    ['payload.entries[1].h', 2],
    ['payload.entries.h', [1, 2]],
    ['payload.missing.deeper', undefined],
    ['payload.hours > 5 and payload.name = "Acme"', true],
    ['payload.name & "!"', 'Acme!'],
    ['$sum(payload.entries.h)', 3],
    ['{"n": payload.name, "list": [1, payload.hours]}', { n: 'Acme', list: [1, 7.5] }],
    ['payload.entries[h > 1].h', 2],
    ['$map(payload.entries, function($e) { $e.h * 10 })', [10, 20]],
    ['$match(payload.name, /c/).match', 'c'],
  ])('evaluates %s', async (source, expected) => {
    expect(await value(source)).toEqual(expected);
  });

  it.each([
    ['a loop without end', '($f := function($n) { $f($n + 1) }; $f(1))'],
    ['a list that never fits', '[1..9000000].("xxxxxxxxxxxxxxxx" & $string($))'],
    ['a text that never fits', '$length($pad("x", 2000000000))'],
    ['a result that is too large', '$join([1..200000].("xx"))'],
  ])(
    'gives up on %s, and goes on with others',
    async (_what, source) => {
      const started = performance.now();
      await expect(value(source)).rejects.toThrow(ExpressionError);
      expect(performance.now() - started).toBeLessThan(8000);
      expect(await value('$map([1], function($x) { $x })')).toBe(1);
    },
    20_000,
  );

  it('keeps the event loop free meanwhile', async () => {
    await value('$map([1], function($x) { $x })');
    const before = process.threadCpuUsage();
    await expect(value('($f := function($n) { $f($n + 1) }; $f(1))')).rejects.toThrow('200 ms');
    const { user, system } = process.threadCpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(100);
  });

  it('matches patterns of conditions in time that grows with the text, whatever the pattern', async () => {
    expect(await engine.matches('^A', 'Acme')).toBe(true);
    expect(await engine.matches('^(A|B)c', 'Acme')).toBe(true);
    expect(await engine.matches('^(a+)+$', `${'a'.repeat(1000)}!`)).toBe(false);
    expect(await engine.matches('^(\\w+\\s?)*$', `${Array(200).fill('x'.repeat(35)).join(' ')}!`)).toBe(
      false,
    );
    await expect(engine.matches('(a)\\1', 'aa')).rejects.toThrow('linear time');
  });

  const names = Array(10).fill('x'.repeat(35)).join(' ');
  it.each<[string, unknown]>([
    ['$match(payload.names, /^(\\w+\\s?)*!$/)', undefined],
    ['$contains(payload.names, /^(\\w+\\s?)*!$/)', false],
    ['$replace(payload.names, /(\\w+\\s?)*!/, "")', names],
    ['$split(payload.names, /(\\w+\\s?)*!/)', [names]],
    ['$eval("$contains(payload.names, /^(\\\\w+\\\\s?)*!$/)")', false],
    ['$replace("a1b22", /(\\d+)/, "<$1>")', 'a<1>b<22>'],
    ['$replace("a1b22", /\\d+/, function($m) { $m.match & $m.index })', expect.stringMatching(/^a1.*b22/)],
    ['$split("a, b;c", /[,;]\\s*/)', ['a', 'b', 'c']],
    ['$match("ab1cd2", /([a-z])(\\d)/).groups', ['b', '1', 'd', '2']],
  ])('matches in %s likewise', async (source, expected) => {
    expect(await engine.expression(source, { payload: { names } })).toEqual(expected);
  });

  it('lets the flows take turns, and gives no flow every process', async () => {
    const endless = '($f := function($n) { $f($n + 1) }; $f(1))';
    let cutOff = 0;
    const giveUp = async () => {
      await expect(all.of('greedy').expression(endless, {})).rejects.toThrow('200 ms');
      cutOff++;
    };
    const greedy = Array.from({ length: 8 }, giveUp);
    expect(await all.of('modest').expression('$map([1], function($x) { $x })', {})).toBe(1);
    expect(cutOff).toBeLessThan(4);
    await Promise.all(greedy);
  }, 30_000);

  it('begins to count when the process is ready, and not when it is started', async () => {
    const hasty = new ExpressionEngine({ ...config, FLOW_EXPRESSION_TIMEOUT_MS: 60 } as FlowsConfig);
    // To start it takes longer than the limit.
    expect(await hasty.of('a').expression('$map([1], function($x) { $x })', {})).toBe(1);
    hasty.onApplicationShutdown();
    await expect(hasty.of('a').expression('($f := function($n) { $f($n + 1) }; $f(1))', {})).rejects.toThrow(
      'takes longer than 60 ms',
    );
    hasty.onApplicationShutdown();
  });

  it('shows nothing of the process to an expression', async () => {
    expect(await value('$eval("1+1")')).toBe(2);
    expect(await value('payload.constructor')).toBeUndefined();
    expect(await value('$lookup(payload, "__proto__")')).toBeUndefined();
  });

  describe('in templates', () => {
    const rendered = (template: unknown) => render(template, { payload }, engine);

    it('keeps the type of a text that is one expression', async () => {
      expect(await rendered({ a: '{{ payload.hours }}', b: ['{{ payload.tags }}'] })).toEqual({
        a: 7.5,
        b: [['a']],
      });
    });

    it('writes values into a longer text', async () => {
      expect(
        await rendered('{{payload.name}}: {{ payload.hours }} h {{ payload.nothing }}{{ payload.tags }}'),
      ).toBe('Acme: 7.5 h ["a"]');
    });

    it('leaves out fields and items that have no value', async () => {
      expect(
        await rendered({ a: '{{ payload.nothing }}', b: ['{{ payload.nothing }}', 1], c: null }),
      ).toEqual({
        b: [1],
        c: null,
      });
    });

    it('never make more of a payload than a text can hold', async () => {
      const large = { payload: { text: 'x'.repeat(1_000_000) } };
      const often = (count: number) => Array(count).fill('{{ payload }}');
      for (const template of [often(17), often(17).join(' '), { a: often(9), b: often(9).join() }]) {
        await expect(render(template, large, engine)).rejects.toThrow('more than 16000000 characters');
      }
      expect(await render(often(15), large, engine)).toHaveLength(15);
    });

    it('reads expressions that hold braces themselves', async () => {
      expect(await rendered('{{ {"a": {"b": payload.hours}} }}')).toEqual({ a: { b: 7.5 } });
      expect(await rendered('{{ {"a": {"b": payload.hours}}}}')).toEqual({ a: { b: 7.5 } });
      expect(await rendered('{{ "}}" & payload.name }}, it\'s {{ 1 }}')).toBe("}}Acme, it's 1");
      expect(await rendered('{{ 1 /* }} */ + 1 }}')).toBe(2);
      await expect(rendered('{{ [1 }} and {{ 2] }}')).rejects.toThrow('Expected "]"');
    });

    it.each([
      ['braces without an end', `{{${'}}'.repeat(490_000)}`, 'Unexpected end'],
      ['a text without an end', `{{ "${'}}'.repeat(490_000)}`, 'must be terminated'],
      ['lists without an end', `{{ ${'['.repeat(400)}${'}}'.repeat(490_000)}`, 'Expected "]"'],
      ['very many lists', `{{ ${'['.repeat(3000)}${'}}'.repeat(490_000)}`, 'more than 500 of one operator'],
      [
        'very many expressions',
        Array.from({ length: 100_000 }, (_, i) => `{{${i}}}`).join(''),
        'more than 1000',
      ],
    ])('are refused soon with %s', async (_what, text, problem) => {
      await takesLessThan(1000, async () => expect(() => partsOf(text)).toThrow(problem));
    });
  });
});
