import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';
import { HeadgateError } from '../../foundation/errors.ts';

type Range = [ipaddr.IPv4 | ipaddr.IPv6, number];

/**
 * Answers the address of who sent a request: that of the connection; where this is a trusted proxy, the last one in
 * `X-Forwarded-For` that is none, since only what trusted proxies wrote can be believed. `trusted` holds addresses and
 * CIDR ranges; throws `invalid_request` for anything else.
 */
export function createAddressOf(trusted: readonly string[]): (request: IncomingMessage) => string {
  const ranges = trusted.map(rangeOf);
  const isTrusted = (address: ipaddr.IPv4 | ipaddr.IPv6): boolean =>
    ranges.some(([base, bits]) => base.kind() === address.kind() && address.match(base, bits));
  return ({ socket, headers }) => {
    const direct = addressOf(socket.remoteAddress ?? '');
    if (direct === null) return 'unknown';
    if (ranges.length === 0 || !isTrusted(direct)) return direct.toString();
    const field = headers['x-forwarded-for'] ?? '';
    const hops = (Array.isArray(field) ? field.join(',') : field).split(',');
    let last = direct;
    for (const hop of hops.toReversed()) {
      const address = addressOf(hop.trim());
      if (address === null) break;
      last = address;
      if (!isTrusted(address)) break;
    }
    return last.toString();
  };
}

/** Where addresses are counted: an IPv6 subscriber has a whole /64 (RFC 6177), an IPv4 one an address. */
export function networkOf(address: string): string {
  if (!ipaddr.IPv6.isValid(address)) return address;
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${address}/64`).toString()}/64`;
}

/** Null for what is no address. An IPv4 address in IPv6 form is that IPv4 address; zones and ports are left out. */
function addressOf(text: string): ipaddr.IPv4 | ipaddr.IPv6 | null {
  const bare = /^\[(.*)\](?::\d+)?$/.exec(text)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+)(?::\d+)?$/.exec(text)?.[1] ?? text;
  const plain = bare.split('%')[0]!;
  return ipaddr.isValid(plain) ? ipaddr.process(plain) : null;
}

function rangeOf(text: string): Range {
  try {
    if (text.includes('/')) return ipaddr.parseCIDR(text);
    const address = ipaddr.process(text);
    return [address, address.kind() === 'ipv4' ? 32 : 128];
  } catch (error) {
    throw new HeadgateError('invalid_request', `'${text}' is no address or range`, {
      hint: 'write addresses or CIDR ranges, such as 10.0.0.0/8 or 2001:db8::/32',
      cause: error,
    });
  }
}
