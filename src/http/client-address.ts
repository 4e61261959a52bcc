import { isIP } from 'node:net';
import type { Request } from 'express';

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;
const WITH_PORT = /^(?:(\d+\.\d+\.\d+\.\d+):\d+|\[([0-9a-f:.]+)\](?::\d+)?)$/i;

/** One spelling per address: IPv4-mapped IPv6 as IPv4, no zone. Undefined for what is not an address. */
export function normalizeAddress(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const withoutZone = text.split('%', 1)[0] ?? '';
  const mapped = MAPPED.exec(withoutZone);
  const address = mapped?.[1] ?? withoutZone.toLowerCase();
  return isIP(address) === 0 ? undefined : address;
}

/** Some gateways forward an address with its port: 198.51.100.1:4444, or [2001:db8::1]:4444. */
export function withoutPort(text: string): string {
  const [, v4, v6] = WITH_PORT.exec(text) ?? [];
  return v4 ?? v6 ?? text;
}

/** The client as the `trust proxy` setting permits to know it; a forwarded value that is no address is not believed. */
export function clientAddressOf(request: Request, isAnyProxyTrusted: boolean): string {
  const forwarded = isAnyProxyTrusted ? normalizeAddress(withoutPort(request.ip ?? '')) : undefined;
  return forwarded ?? normalizeAddress(request.socket.remoteAddress) ?? 'unknown';
}
