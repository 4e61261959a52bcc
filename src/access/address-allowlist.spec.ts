import { AddressAllowlist, checkAddressRange } from './address-allowlist.js';

describe('the allowlist of addresses', () => {
  it('lets everybody in when it is empty', () => {
    expect(new AddressAllowlist([]).has('203.0.113.9')).toBe(true);
    expect(new AddressAllowlist([]).has('unknown')).toBe(true);
  });

  it.each([
    ['203.0.113.0/24', '203.0.113.255', true],
    ['203.0.113.0/24', '203.0.114.0', false],
    ['203.0.113.7', '203.0.113.7', true],
    ['203.0.113.7', '203.0.113.8', false],
    ['0.0.0.0/0', '8.8.8.8', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['2001:db8::/32', '2001:db8:ffff::1', true],
    ['2001:db8::/32', '2001:db9::1', false],
    ['2001:DB8::1', '2001:db8:0:0::1', true],
    ['::/0', '2001:db8::1', true],
    ['::/0', '203.0.113.7', false],
    ['203.0.113.0/24', '::ffff:203.0.113.7', true],
    ['::ffff:203.0.113.0/120', '203.0.113.7', true],
    ['::ffff:203.0.113.0/120', '203.0.114.7', false],
    ['203.0.113.0/24', 'unknown', false],
    ['203.0.113.0/24', '', false],
    ['0.0.0.0/0', '203.0.113.7, 10.0.0.1', false],
    ['fe80::/10', 'fe80::1', true],
  ])('with %s has %s: %s', (range, address, expected) => {
    expect(new AddressAllowlist([range]).has(address)).toBe(expected);
  });

  it.each([
    '203.0.113.0/33',
    '2001:db8::/129',
    '203.0.113',
    '0203.0.113.1',
    '0x7f000001',
    '2130706433',
    'fe80::1%eth0',
    '203.0.113.0/',
    '203.0.113.0/8/8',
    '203.0.113.0/-1',
    'example.com',
    '',
  ])('does not accept %j as a range', (text) => {
    expect(checkAddressRange(text)).toEqual({ mistake: expect.stringContaining('CIDR') });
  });
});
