import type { Request } from 'express';
import { clientAddressOf, normalizeAddress, withoutPort } from './client-address.js';

describe('client addresses', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['::FFFF:10.0.0.1', '10.0.0.1'],
    ['FE80::1%eth0', 'fe80::1'],
    ['2001:DB8::1', '2001:db8::1'],
  ])('%s is written %s', (text, expected) => {
    expect(normalizeAddress(text)).toBe(expected);
  });

  it.each([undefined, '', 'unknown', '1.2.3', '1.2.3.4:80', '[::1]', '1.2.3.4, 5.6.7.8'])(
    '%p is no address',
    (text) => {
      expect(normalizeAddress(text)).toBeUndefined();
    },
  );

  it.each([
    ['198.51.100.1:4444', '198.51.100.1'],
    ['[2001:db8::1]:4444', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['[::ffff:10.0.0.1]:80', '::ffff:10.0.0.1'],
    ['198.51.100.1', '198.51.100.1'],
    ['2001:db8::1', '2001:db8::1'],
    ['2001:db8::1:4444', '2001:db8::1:4444'],
    ['unknown:80', 'unknown:80'],
    ['1.2.3.4:port', '1.2.3.4:port'],
    ['[198.51.100.1', '[198.51.100.1'],
  ])('%s without its port is %s', (text, expected) => {
    expect(withoutPort(text)).toBe(expected);
  });

  const request = (remoteAddress: string | undefined, ip: string): Request =>
    ({ ip, socket: { remoteAddress } }) as unknown as Request;

  it('is the socket, whatever was forwarded, while no proxy is trusted', () => {
    expect(clientAddressOf(request('10.0.0.1', '203.0.113.9'), false)).toBe('10.0.0.1');
  });

  it('falls back to the socket when the forwarded value is no address', () => {
    expect(clientAddressOf(request('10.0.0.1', 'nonsense'), true)).toBe('10.0.0.1');
  });

  it('is unknown once the socket is gone', () => {
    expect(clientAddressOf(request(undefined, ''), false)).toBe('unknown');
  });
});
