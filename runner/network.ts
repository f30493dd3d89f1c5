/**
 * Which addresses a connector may connect to, so that a pipeline cannot reach what only this machine or its network
 * should (server-side request forgery). Names are resolved, checked and pinned: the socket goes to the very address that
 * was checked, so a name that changes its answer in between (DNS rebinding) gains nothing.
 */
import { lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { callbackify } from 'node:util';
import ipaddr from 'ipaddr.js';
import { HeadgateError, messageOf } from '../foundation/errors.ts';
import type { NetworkPolicy } from './ports.ts';

export interface ResolvedAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** Answers all addresses of a host name. Tests put their own in place of the system's resolver. */
export type Resolver = (hostname: string) => Promise<readonly ResolvedAddress[]>;

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Public addresses by registry, yet answered by the platform itself: Azure's WireServer. */
const PLATFORM_ADDRESSES = ['168.63.129.16'];

const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3');
const MAPPED = ipaddr.parseCIDR('::ffff:0:0/96');
// RFC 6052: how an IPv6-only network with NAT64 writes every IPv4 address.
const NAT64 = ipaddr.parseCIDR('64:ff9b::/96');

/**
 * Whether the policy lets a connector reach the literal address. Allowed are global unicast addresses and the ranges of
 * `policy.allow`. IPv4-mapped and NAT64 addresses are judged by the IPv4 address inside them; 6to4, Teredo and all other
 * special ranges of the IANA registries are refused. Throws `invalid_request` when a range of the policy is malformed.
 */
export function isAllowed(address: string, policy: NetworkPolicy): boolean {
  const parsed = parse(address);
  if (parsed === null) return false;
  const ranges = policy.allow.map(parseRange);
  const embedded = embeddedIPv4(parsed);
  const listed = (candidate: Address): boolean => ranges.some((range) => matches(candidate, range));
  return listed(parsed) || (embedded !== null && listed(embedded)) || isPublic(embedded ?? parsed);
}

/** Throws `address_refused` where `isAllowed` is false; `host` is what the message calls the place. */
export function checkAddress(address: string, policy: NetworkPolicy, host = address): void {
  if (!isAllowed(address, policy)) throw refused(host, [address]);
}

/**
 * The addresses of a host (a name or a literal, IPv6 with or without brackets) that the policy allows, in the resolver's
 * order. Connect to these, never to the name again. Throws `address_refused` when there are none, and `source_failed`
 * when the name has no address at all.
 */
export async function resolveHost(
  host: string,
  policy: NetworkPolicy,
  resolver: Resolver = systemResolver,
): Promise<readonly ResolvedAddress[]> {
  const bare = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
  const family = isIP(bare);
  const found = family === 0 ? await resolveName(bare, resolver) : [{ address: bare, family: family as 4 | 6 }];
  const allowed = found.filter(({ address }) => isAllowed(address, policy));
  if (allowed.length === 0) {
    throw refused(
      host,
      found.map(({ address }) => address),
    );
  }
  return allowed;
}

/** `resolveHost` in the form of the `lookup` option of `net.connect` and `tls.connect`. */
export function guardedLookup(policy: NetworkPolicy, resolver: Resolver = systemResolver): LookupFunction {
  const resolve = callbackify((hostname: string) => resolveHost(hostname, policy, resolver));
  return (hostname, options, callback) => {
    resolve(hostname, (error: NodeJS.ErrnoException | null, all) => {
      if (error !== null) return callback(error, '', 0);
      const usable = all.filter(({ family }) => options.family === family || !isFamily(options.family));
      const first = usable[0];
      if (first === undefined) callback(refused(hostname, []), '', 0);
      else if (options.all === true) callback(null, [...usable]);
      else callback(null, first.address, first.family);
    });
  };
}

const systemResolver: Resolver = (hostname) =>
  new Promise((resolve, reject) => {
    systemLookup(hostname, { all: true, verbatim: true }, (error, addresses) => {
      if (error === null) resolve(addresses.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 })));
      else reject(error);
    });
  });

async function resolveName(name: string, resolver: Resolver): Promise<readonly ResolvedAddress[]> {
  const failed = (cause: unknown, reason: string): HeadgateError =>
    new HeadgateError('source_failed', `the name '${name}' cannot be resolved: ${reason}`, {
      cause,
      // EAI_AGAIN: the resolver itself did not answer; ENOTFOUND is an answer.
      retryable: (cause as NodeJS.ErrnoException | undefined)?.code === 'EAI_AGAIN',
      hint: 'check the name and the DNS of this machine',
    });
  const found = await resolver(name).catch((error: unknown) => {
    throw failed(error, (error as NodeJS.ErrnoException).code ?? messageOf(error));
  });
  if (found.length === 0) throw failed(undefined, 'it has no address');
  return found;
}

const isFamily = (family: unknown): boolean => family === 4 || family === 6;

function parse(address: string): Address | null {
  const [bare = ''] = address.split('%');
  const family = isIP(bare);
  if (family === 0) return null;
  // In the one spelling that `URL` gives, since ipaddr.js takes `::8.8.8.8` for `::ffff:8.8.8.8`.
  return ipaddr.parse(family === 4 ? bare : new URL(`http://[${bare}]`).hostname.slice(1, -1));
}

function parseRange(range: string): [Address, number] {
  try {
    if (range.includes('/')) return ipaddr.parseCIDR(range);
    const address = ipaddr.parse(range);
    return [address, address.kind() === 'ipv4' ? 32 : 128];
  } catch (cause) {
    throw new HeadgateError('invalid_request', `'${range}' is not a network range`, {
      cause,
      hint: 'write it like 10.0.0.0/8 or fd00::/8',
    });
  }
}

const matches = (address: Address, [base, bits]: [Address, number]): boolean =>
  address.kind() === base.kind() && address.match(base, bits);

function embeddedIPv4(address: Address): ipaddr.IPv4 | null {
  if (!matches(address, MAPPED) && !matches(address, NAT64)) return null;
  return new ipaddr.IPv4(address.toByteArray().slice(12));
}

function isPublic(address: Address): boolean {
  if (PLATFORM_ADDRESSES.includes(address.toString())) return false;
  // Outside 2000::/3 nothing is assigned for the internet, whatever has no name of its own in the list of ranges.
  if (address.kind() === 'ipv6' && !matches(address, GLOBAL_UNICAST)) return false;
  return address.range() === 'unicast';
}

function refused(host: string, addresses: readonly string[]): HeadgateError {
  const others = addresses.filter((address) => address !== host);
  const resolved = others.length === 0 ? '' : ` (it is ${others.slice(0, 4).join(', ')})`;
  return new HeadgateError('address_refused', `connections to '${host}' are not allowed${resolved}`, {
    hint: 'use a public address, or let the operator allow the range with --allow-network',
  });
}
