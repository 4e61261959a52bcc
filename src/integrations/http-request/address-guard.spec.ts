import fc from 'fast-check';
import { AddressGuard } from './address-guard.js';
import { type AddressRange, parseAddressRange } from './address-ranges.js';
import type { HttpRequestConfig } from './http-request.config.js';
import { cases } from '../../../test/support/properties.js';

const OWN = ['203.0.114.7', '2606:4700::7', 'fe80::1'];

function guard(
  answers: Record<string, string[]> = {},
  ranges: string[] = [],
  lookedUp: string[] = [],
): AddressGuard {
  const config = {
    HTTP_REQUEST_PLAIN_HTTP: true,
    HTTP_REQUEST_CONNECT_TIMEOUT_MS: 1000,
    HTTP_REQUEST_ALLOWED_RANGES: ranges.map(
      (text) => (parseAddressRange(text) as { value: AddressRange }).value,
    ),
  } as unknown as HttpRequestConfig;
  const resolve = async (name: string): Promise<string[]> => {
    lookedUp.push(name);
    if (name === 'away.example') throw Object.assign(new Error('away'), { code: 'EAI_AGAIN' });
    if (answers[name] === undefined) throw Object.assign(new Error('none'), { code: 'ENOTFOUND' });
    return answers[name];
  };
  return new AddressGuard(config, resolve, () => OWN);
}

type Octets = [number, number, number, number];

const asNumber = ([a, b, c, d]: Octets): number => ((a * 256 + b) * 256 + c) * 256 + d;
const hex = (n: number): string => n.toString(16).padStart(2, '0');

const NOTATIONS: ((octets: Octets) => string)[] = [
  (octets) => octets.join('.'),
  (octets) => `${octets.join('.')}.`,
  (octets) => String(asNumber(octets)),
  (octets) => `0x${asNumber(octets).toString(16)}`,
  (octets) => `0${asNumber(octets).toString(8)}`,
  (octets) => octets.map((n) => `0x${hex(n)}`).join('.'),
  (octets) => octets.map((n) => `0${n.toString(8)}`).join('.'),
  ([a, b, c, d]) => `${a}.${b}.${c * 256 + d}`,
  ([a, b, c, d]) => `${a}.${(b * 256 + c) * 256 + d}`,
  (octets) => octets.join('\u3002'),
  (octets) => `[::ffff:${octets.join('.')}]`,
  (octets) => `[::${octets.join('.')}]`,
  (octets) => `[64:ff9b::${octets.join('.')}]`,
  ([a, b, c, d]) => `[2002:${hex(a)}${hex(b)}:${hex(c)}${hex(d)}::1]`,
];

const refused = { code: 'forbidden' };

describe('the address guard', () => {
  it.each([
    'http://127.0.0.1/',
    'http://127.1/',
    'http://0x7f000001/',
    'http://0x7f.0.0.1/',
    'http://2130706433/',
    'http://017700000001/',
    'http://0177.0.0.1/',
    'http://127.0.0.1./',
    'http://①②⑦.⓪.⓪.①/',
    'http://127。0。0。1/',
    'http://%31%32%37.0.0.1/',
    'http://0/',
    'http://0.0.0.0/',
    'http://[::1]/',
    'http://[::]/',
    'http://[0:0:0:0:0:0:0:1]/',
    'http://[::127.0.0.1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:8.8.8.8]/',
    'http://[::ffff:0:127.0.0.1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://[64:ff9b:1::7f00:1]/',
    'http://[2002:7f00:1::]/',
    'http://[2001:0:7f00:1::]/',
    'http://[2001:db8::1]/',
    'http://[3fff::1]/',
    'http://[fc00::1]/',
    'http://[fd12:3456::1]/',
    'http://[fe80::1]/',
    'http://[fec0::1]/',
    'http://[ff02::1]/',
    'http://[100::1]/',
    'http://[4000::1]/',
    'http://0.1.2.3/',
    'http://10.1.2.3/',
    'http://100.64.0.1/',
    'http://169.254.169.254/',
    'http://168.63.129.16/',
    'http://0xa83f8110/',
    'http://203.0.114.7/',
    'http://[2606:4700:0:0::7]/',
    'http://127.0.0.1../',
    'http://172.16.0.1/',
    'http://172.31.255.255/',
    'http://192.0.0.8/',
    'http://192.0.2.1/',
    'http://192.168.1.1/',
    'http://198.18.0.1/',
    'http://198.19.255.255/',
    'http://198.51.100.1/',
    'http://203.0.113.1/',
    'http://224.0.0.1/',
    'http://240.0.0.1/',
    'http://255.255.255.255/',
  ])('refuses %s', async (url) => {
    await expect(guard().check(url)).rejects.toMatchObject(refused);
  });

  it('refuses every special address in every notation of it', async () => {
    const special = fc.oneof(
      ...[[10], [127], [169, 254], [172, 16], [192, 168], [100, 64], [198, 18], [224], [240], [0]].map(
        (head) =>
          fc
            .array(fc.nat(255), { minLength: 4 - head.length, maxLength: 4 - head.length })
            .map((rest) => [...head, ...rest]),
      ),
    );
    await fc.assert(
      fc.asyncProperty(special, fc.nat(NOTATIONS.length - 1), async (octets, notation) => {
        const host = NOTATIONS[notation]!(octets as Octets);
        await expect(guard().check(`http://${host}/`)).rejects.toMatchObject(refused);
      }),
      cases(300),
    );
  });

  it.each(['https://8.8.8.8/', 'https://172.32.0.1/', 'https://100.63.0.1/', 'https://[2606:4700::1111]/'])(
    'permits %s',
    async (url) => {
      expect((await guard().check(url)).addresses).toHaveLength(1);
    },
  );

  it.each([
    'localhost',
    'LOCALHOST.',
    'localhost..',
    'db.internal...',
    'postgres',
    'api.shop.svc',
    'api.localhost',
    'db.internal',
    'nas.local',
    'x.lan',
    'x.corp',
    'x.home.arpa',
  ])('refuses the inside name %s even when it resolves to a public address', async (name) => {
    const answers = { [name.toLowerCase().replace(/\.+$/, '')]: ['8.8.8.8'] };
    const lookedUp: string[] = [];
    await expect(guard(answers, [], lookedUp).check(`http://${name}/`)).rejects.toMatchObject(refused);
    expect(lookedUp).toEqual([]);
  });

  it('refuses a name when any one of its addresses is not public', async () => {
    const answers = { 'mixed.example': ['8.8.8.8', '10.0.0.1'], 'good.example': ['8.8.8.8', '2606:4700::1'] };
    await expect(guard(answers).check('https://mixed.example/')).rejects.toMatchObject(refused);
    expect((await guard(answers).check('https://good.example/')).addresses).toEqual([
      '8.8.8.8',
      '2606:4700::1',
    ]);
  });

  it('refuses a name without addresses, and addresses that are none', async () => {
    await expect(guard({ 'empty.example': [] }).check('https://empty.example/')).rejects.toMatchObject(
      refused,
    );
    await expect(
      guard({ 'odd.example': ['fe80::1%eth0'] }).check('https://odd.example/'),
    ).rejects.toMatchObject(refused);
  });

  it('permits private ranges that the operator lists, and inside names that lead there', async () => {
    const own = guard({ 'wiki.internal': ['10.20.0.5'], 'split.internal': ['10.20.0.5', '8.8.8.8'] }, [
      '10.20.0.0/16',
      'fd00::/8',
    ]);
    await expect(own.check('http://10.20.1.1/')).resolves.toMatchObject({ addresses: ['10.20.1.1'] });
    await expect(own.check('http://[fd00::1]/')).resolves.toMatchObject({ addresses: ['fd00::1'] });
    await expect(own.check('http://wiki.internal/')).resolves.toMatchObject({ addresses: ['10.20.0.5'] });
    await expect(own.check('http://split.internal/')).rejects.toMatchObject(refused);
    await expect(own.check('http://10.21.1.1/')).rejects.toMatchObject(refused);
  });

  it('does not tell an inside name that is not there from one that leads elsewhere', async () => {
    const own = guard({ 'there.internal': ['10.30.0.1'] }, ['10.20.0.0/16']);
    const answers = await Promise.all(
      ['there.internal', 'nowhere.internal'].map((name) =>
        own.check(`http://${name}/`).catch((error: { code: string; message: string }) => error),
      ),
    );
    expect(answers[0]).toMatchObject({ code: 'forbidden' });
    expect(answers[1]).toEqual(answers[0]);
    await expect(own.check('https://away.example/')).rejects.toMatchObject({ code: 'upstream_error' });
  });

  it('refuses a name that leads to this machine, unless the operator lists the address', async () => {
    const answers = { 'self.example': ['203.0.114.7'] };
    await expect(guard(answers).check('https://self.example/')).rejects.toMatchObject(refused);
    await expect(guard(answers, ['203.0.114.0/24']).check('https://self.example/')).resolves.toMatchObject({
      addresses: ['203.0.114.7'],
    });
  });

  it.each([
    'ftp://example.com/',
    'file:///etc/passwd',
    'gopher://example.com/',
    'https://user:secret@example.com/',
    'not a url',
    '//example.com/',
    `https://example.com/${'a'.repeat(8200)}`,
  ])('refuses the address %.40s as invalid', async (url) => {
    await expect(guard().check(url)).rejects.toMatchObject({ code: 'validation_error' });
  });

  it('wants https unless plain http is permitted', () => {
    const strict = new AddressGuard(
      { HTTP_REQUEST_PLAIN_HTTP: false, HTTP_REQUEST_ALLOWED_RANGES: [] } as unknown as HttpRequestConfig,
      () => Promise.resolve([]),
      () => [],
    );
    expect(() => strict.checkUrl('http://8.8.8.8/')).toThrow('https://');
    expect(strict.checkUrl('https://8.8.8.8/').hostname).toBe('8.8.8.8');
  });

  it('reads ranges and says what is wrong with others', () => {
    expect(parseAddressRange('10.0.0.0/8')).toHaveProperty('value');
    expect(parseAddressRange('::1')).toHaveProperty('value');
    for (const bad of ['10.0.0.0/40', 'ten', '10.0.0.0/8/8', ''])
      expect(parseAddressRange(bad)).toHaveProperty('mistake');
  });

  it('does not tell a name that leads inside from one that leads nowhere', async () => {
    const guarded = guard({ 'db.example.com': ['10.0.0.5'] });
    const told = await Promise.all(
      ['https://db.example.com/', 'https://nowhere.example.com/'].map((url) =>
        guarded.check(url).catch(({ code, message }: { code: string; message: string }) => [code, message]),
      ),
    );
    expect(told[0]).toEqual(told[1]);
    expect(told[0]).toEqual(['forbidden', expect.any(String)]);
  });
});
