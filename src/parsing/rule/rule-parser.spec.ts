import fc from 'fast-check';
import { IntegrationRegistry } from '../../integrations/integration-registry.js';
import { ParseError } from '../parsing.errors.js';
import { RuleParser } from './rule-parser.js';
import { describeTextParser } from '../../../test/contracts/text-parser.contract.js';
import { FakeIntegration } from '../../../test/support/fake-integration.js';
import { cases } from '../../../test/support/properties.js';

const parser = new RuleParser(new IntegrationRegistry([new FakeIntegration(), new FakeIntegration('slack')]));

function refusal(text: string): ParseError {
  try {
    parser.parse(text);
  } catch (error) {
    if (error instanceof ParseError) return error;
    throw error;
  }
  throw new Error(`understood: ${text}`);
}

function isReadOrRefused(text: string): boolean {
  try {
    return typeof parser.parse(text).operation === 'string';
  } catch (error) {
    return error instanceof ParseError;
  }
}

describeTextParser('the rule parser', async () => ({
  parser,
  understood: {
    text: 'clockify.create_client workspaceId=123 name=TestClient',
    action: {
      integration: 'clockify',
      operation: 'create_client',
      params: { workspaceId: '123', name: 'TestClient' },
    },
  },
  refused: ['Get my user', 'clockify.nothing', 'clockify.get_user x', 'clockify', '.', 'a.b=c'],
}));

describe('the rule parser', () => {
  const params = (rest: string, operation = 'clockify.create_client') =>
    parser.parse(`${operation} ${rest}`).params;

  it('takes an operation alone as one without params', () => {
    expect(parser.parse('  clockify.get_user\n')).toEqual({
      integration: 'clockify',
      operation: 'get_user',
      params: {},
    });
  });

  it('leaves a string a string, whatever it looks like', () => {
    for (const value of [
      '123',
      'true',
      'null',
      '1.50',
      '#general',
      '@here',
      'https://x.test/a?b=c&d=e#f',
      "it's",
      '{a}',
    ]) {
      expect(params(`name=${value}`)).toEqual({ name: value });
      expect(params(`body.name=${value}`)).toEqual({ body: { name: value } });
    }
    expect(params('note=null')).toEqual({ note: 'null' });
  });

  it('takes quoted values with spaces and escapes', () => {
    expect(params('name="hello world" note=\'say "hi"\'')).toEqual({ name: 'hello world', note: 'say "hi"' });
    expect(params(String.raw`name="a\"b\\c\nd\u00e9\q"`)).toEqual({ name: 'a"b\\c\ndé\\q' });
    expect(params(String.raw`name="\ud83d\ude00"`)).toEqual({ name: '😀' });
    expect(params('name=""')).toEqual({ name: '' });
    expect(params('name=')).toEqual({ name: '' });
  });

  it('types numbers, booleans and lists by the schema', () => {
    expect(
      params('page=2 ratio=-1.5e3 archived=true tags=a,"b c",d,7 sizes=1,2', 'clockify.list_clients'),
    ).toEqual({
      page: 2,
      ratio: -1500,
      archived: true,
      tags: ['a', 'b c', 'd', '7'],
      sizes: [1, 2],
    });
    expect(params('tags=', 'clockify.list_clients')).toEqual({ tags: [] });
    expect(params('archived=true address.zip=75001')).toEqual({ archived: true, address: { zip: 75001 } });
  });

  it('takes JSON after an @', () => {
    expect(params('body=@{"name": "A b", "archived": false} workspaceId=1')).toEqual({
      body: { name: 'A b', archived: false },
      workspaceId: '1',
    });
    expect(params('sizes=@[1, 2] page=@3', 'clockify.list_clients')).toEqual({ sizes: [1, 2], page: 3 });
  });

  it('guesses where the operation takes anything', () => {
    expect(params('a=1 b=x c=true d=null e="1" f=007 g.h=@[] i=a,b', 'clockify.anything_goes')).toEqual({
      a: 1,
      b: 'x',
      c: true,
      d: null,
      e: '1',
      f: '007',
      g: { h: [] },
      i: 'a,b',
    });
  });

  it.each([
    ['slak.get_user', 'not_found', 0, ['slack']],
    ['  clockify.creat_client', 'not_found', 2, ['create_client']],
    ['clockify.create_client worksapceId=1', 'validation_error', 23, ['workspaceId']],
    ['clockify.create_client body.nam=1', 'validation_error', 28, ['body.name']],
    ['clockify.create_client nmae=1', 'validation_error', 23, ['name']],
  ])('suggests the nearest name for %s', (text, code, position, suggestions) => {
    const error = refusal(text);
    expect(error.code).toBe(code);
    expect(error.details).toEqual({ position, suggestions: expect.arrayContaining(suggestions) });
    expect(error.message).toContain(suggestions[0]);
  });

  it.each([
    ['clockify.list_clients page=x', 27, 'page must be a whole number'],
    ['clockify.list_clients page=1.5', 27, 'page must be a whole number'],
    ['clockify.list_clients page=', 27, 'page must be a whole number'],
    ['clockify.list_clients archived=yes', 31, 'archived must be true or false'],
    ['clockify.list_clients sizes=1,x', 30, 'Each item of sizes must be a whole number'],
    ['clockify.list_clients sizes=1,,2', 30, 'missing'],
    ['clockify.create_client address=x', 31, 'field by field'],
    ['clockify.create_client name="open', 28, 'never closed'],
    [String.raw`clockify.create_client name="\ud800x"`, 28, 'half of a surrogate pair'],
    [String.raw`clockify.create_client name='x\udc00\ud800'`, 28, 'half of a surrogate pair'],
    [String.raw`clockify.list_clients tags=a,"\udfff"`, 29, 'half of a surrogate pair'],
    [String.raw`clockify.anything_goes a=@{"x":"\ud800"}`, 25, 'not accepted'],
    ['clockify.create_client name="a"b', 31, 'Expected a space'],
    ['clockify.create_client body=@{"a"', 29, 'never closed'],
    ['clockify.create_client body=@{a}', 28, 'not valid JSON'],
    ['clockify.create_client name=a b', 30, 'Expected name=value'],
    ['clockify.create_client =a', 23, 'Expected name=value'],
    ['clockify.create_client a..b=a', 23, 'Expected name=value'],
    ['clockify.create_client name=a name=b', 30, 'was given already'],
    ['clockify.create_client body=@{} body=@{}', 32, 'was given already'],
    ['clockify.anything_goes a=1 a.b=2', 27, 'was given already'],
    ['clockify.anything_goes __proto__.x=1', 23, 'not accepted'],
    ['clockify.anything_goes a=@{"__proto__":{"x":1}}', 25, 'not accepted'],
  ])('names the place in %s', (text, position, words) => {
    const error = refusal(text);
    expect(error.details).toMatchObject({ position });
    expect(error.message).toContain(words);
  });

  it('never throws anything but its own error', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        'clockify.',
        'create_client',
        'anything_goes',
        ' ',
        '=',
        '@',
        '{',
        '"',
        '\\',
        '\\u',
        'body.',
        'tags=a,',
      ),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.boolean(), (pieces, isNamed) => {
        const text = `${isNamed ? 'clockify.anything_goes ' : ''}${pieces.join('')}`;
        expect(isReadOrRefused(text)).toBe(true);
      }),
      cases(3000),
    );
  });

  it('reads back whatever is written by its own rules', () => {
    const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,8}$/).filter((n) => n !== '__proto__');
    const word = fc.string({ unit: 'grapheme', maxLength: 30 }).filter((s) => s.isWellFormed());
    const value = fc.oneof(
      fc.record({ value: word, as: fc.constant('quoted' as const) }),
      fc.record({ value: fc.jsonValue({ noUnicodeString: false }), as: fc.constant('json' as const) }),
      fc.record({ value: fc.boolean(), as: fc.constant('plain' as const) }),
      fc.record({ value: fc.integer(), as: fc.constant('plain' as const) }),
    );
    fc.assert(
      fc.property(fc.dictionary(name, value, { maxKeys: 6, noNullPrototype: true }), (entries) => {
        const written = Object.entries(entries).map(([key, v]) => {
          if (v.as === 'plain') return `${key}=${String(v.value)}`;
          return `${key}=${v.as === 'json' ? '@' : ''}${JSON.stringify(v.value)}`;
        });
        const expected = Object.fromEntries(
          Object.entries(entries).map(([k, v]) => [k, JSON.parse(JSON.stringify(v.value)) as unknown]),
        );
        if (JSON.stringify(expected).includes('__proto__')) return;
        expect(parser.parse(`clockify.anything_goes ${written.join(' ')}`).params).toEqual(expected);
      }),
      cases(1000),
    );
  });
});
