import { readWebhookBody } from './webhook-body.js';

const LIMITS = { maxDepth: 8, maxKeys: 100 };
const read = (text: string | Buffer) =>
  readWebhookBody(Buffer.from(text), { 'content-type': 'application/json' }, LIMITS);

describe('the body of a webhook', () => {
  it.each<[text: string, payload: object, changed: string[]]>([
    ['{"a":9007199254740991,"b":-9007199254740991}', { a: 9007199254740991, b: -9007199254740991 }, []],
    ['{"a":9007199254740992}', { a: '9007199254740992' }, ['/a']],
    ['{"a":9007199254740993}', { a: '9007199254740993' }, ['/a']],
    ['{"a":[1,{"b":-12345678901234567891}]}', { a: [1, { b: '-12345678901234567891' }] }, ['/a/1/b']],
    [`{"a":${'9'.repeat(400)}}`, { a: '9'.repeat(400) }, ['/a']],
    ['{"a":1,"a":12345678901234567891}', { a: '12345678901234567891' }, ['/a']],
    ['{"a":12345678901234567891,"a":1}', { a: 1 }, []],
    [
      '{"a":1e21,"b":1.5e300,"c":0.12345678901234567891}',
      { a: 1e21, b: 1.5e300, c: 0.12345678901234568 },
      [],
    ],
    ['{"a":"12345678901234567891"}', { a: '12345678901234567891' }, []],
  ])('keeps every digit of a whole number: %s', (text, payload, changed) => {
    const body = read(text);
    expect(body.payload).toEqual(payload);
    expect(body.changes).toEqual(
      changed.map((at) => `whole number too large for a number kept as text at ${at}`),
    );
  });

  it('tells everything else that it changed beside a large number, each thing once', () => {
    const text = '{"n":12345678901234567891,"s":"\\u0000","__proto__":{"n":12345678901234567891},"x":1e999}';
    const { payload, changes } = read(Buffer.concat([Buffer.from(text), Buffer.from([0x20])]));
    expect(payload).toEqual({ n: '12345678901234567891', s: '\uFFFD', x: null });
    expect(changes).toEqual([
      'whole number too large for a number kept as text at /n',
      'NUL or half a surrogate pair replaced at /s',
      'forbidden key removed at /__proto__',
      'number beyond all limits removed at /x',
    ]);
  });

  it('overwrites no key by another that becomes the same one, however many do', () => {
    const { payload, changes } = read(
      '{"a\\u0000":1,"a\uFFFD":2,"a\\ud800":3,"a\uFFFD1":4,"b":{"a\\u0000":5}}',
    );
    expect(
      Object.values(payload)
        .filter((value) => typeof value === 'number')
        .toSorted(),
    ).toEqual([1, 2, 3, 4]);
    expect(payload).toMatchObject({ 'a\uFFFD': 2, 'a\uFFFD1': 4, b: { 'a\uFFFD': 5 } });
    expect(Object.keys(payload).every((key) => key.isWellFormed() && !key.includes('\0'))).toBe(true);
    expect(changes).toHaveLength(3);
  });

  it('refuses depth by its limit also where a large number stands in it', () => {
    const text = '{"a":'.repeat(50_000) + '12345678901234567891' + '}'.repeat(50_000);
    expect(() => read(text)).toThrow('The body is nested deeper than 8 levels');
    expect(() => read(`{"n":12345678901234567891,"a":${text}}`)).toThrow('nested deeper than 8 levels');
  });
});
