import ipaddr from 'ipaddr.js';
import type { Parsed } from '../config/variable.js';

type AddressRange = [address: ipaddr.IPv4 | ipaddr.IPv6, prefix: number];

const MAPPED_BITS = 96;
const FORM = /^[0-9a-f.:]+(\/\d{1,3})?$/i;

/** Addresses and CIDR ranges, IPv4 and IPv6. An IPv4-mapped address is the IPv4 address, on either side. */
export class AddressAllowlist {
  readonly #ranges: readonly AddressRange[];

  constructor(texts: readonly string[]) {
    this.#ranges = texts.map(parseRange).filter((range) => range !== undefined);
  }

  /** Without any entry everybody is let in; what is no address never is otherwise. */
  has(text: string): boolean {
    if (this.#ranges.length === 0) return true;
    if (!ipaddr.isValid(text)) return false;
    const address = ipaddr.process(text);
    return this.#ranges.some(
      ([base, prefix]) => base.kind() === address.kind() && address.match(base, prefix),
    );
  }
}

export function checkAddressRange(text: string): Parsed<string> {
  if (parseRange(text)) return { value: text };
  return { mistake: 'must be an address or a CIDR range, such as 203.0.113.0/24 or 2001:db8::/32' };
}

/** Stricter than ipaddr.js, which also reads octal and shortened IPv4 addresses, and zones. */
function parseRange(text: string): AddressRange | undefined {
  if (!FORM.test(text)) return undefined;
  const [addressText = '', prefixText] = text.split('/');
  if (!ipaddr.IPv4.isValidFourPartDecimal(addressText) && !ipaddr.IPv6.isValid(addressText)) return undefined;
  const address = ipaddr.parse(addressText);
  const bits = address.kind() === 'ipv4' ? 32 : 128;
  const prefix = prefixText === undefined ? bits : Number(prefixText);
  if (prefix > bits) return undefined;
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && prefix >= MAPPED_BITS) {
    return [address.toIPv4Address(), prefix - MAPPED_BITS];
  }
  return [address, prefix];
}
