import ipaddr from 'ipaddr.js';

const GROUPS_OF_64_BITS = 4;

/** Whose bucket an address counts in: itself, or for IPv6 its /64, because one client has all of those to itself. */
export function clientNetwork(address: string): string {
  if (!address.includes(':')) return address;
  if (!ipaddr.IPv6.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  if (parsed instanceof ipaddr.IPv4) return parsed.toString();
  const groups = parsed.parts.slice(0, GROUPS_OF_64_BITS);
  return `${groups.map((group) => group.toString(16)).join(':')}::`;
}
