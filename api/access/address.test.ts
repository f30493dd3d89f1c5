import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { createAddressOf, networkOf } from './address.ts';

const request = (remoteAddress: string, forwarded?: string): IncomingMessage =>
  ({ socket: { remoteAddress }, headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded } }) as never;

test.each([
  // [trusted, peer, X-Forwarded-For, address]
  [[], '192.0.2.1', '203.0.113.9', '192.0.2.1'],
  [['10.0.0.0/8'], '192.0.2.1', '203.0.113.9', '192.0.2.1'],
  [['10.0.0.0/8'], '10.1.2.3', '203.0.113.9', '203.0.113.9'],
  // What the client wrote itself stands before what the proxy added.
  [['10.0.0.0/8'], '10.1.2.3', '1.1.1.1, 203.0.113.9', '203.0.113.9'],
  [['10.0.0.0/8'], '10.1.2.3', '203.0.113.9, 10.9.9.9', '203.0.113.9'],
  [['10.0.0.0/8'], '::ffff:10.1.2.3', '203.0.113.9:4711', '203.0.113.9'],
  [['10.0.0.0/8'], '10.1.2.3', 'nonsense', '10.1.2.3'],
  [['10.0.0.0/8'], '10.1.2.3', '8.8.8.8, nonsense, 10.2.2.2', '10.2.2.2'],
  [['10.0.0.0/8'], '10.1.2.3', undefined, '10.1.2.3'],
  [['2001:db8::1'], '2001:db8::1', '[2001:db8:5::9]:443', '2001:db8:5::9'],
  [['127.0.0.1'], '127.0.0.1', '10.0.0.1', '10.0.0.1'],
])('trusting %j, from %s with %j: %s', (trusted, peer, forwarded, expected) => {
  expect(createAddressOf(trusted)(request(peer, forwarded))).toBe(expected);
});

test('a range that is none is refused', () => {
  expect(() => createAddressOf(['10.0.0.0/99'])).toThrow('is no address or range');
  expect(() => createAddressOf(['proxy.example.com'])).toThrow('is no address or range');
});

test('IPv6 is counted by /64', () => {
  expect(networkOf('192.0.2.1')).toBe('192.0.2.1');
  expect(networkOf('2001:db8:1:2:3:4:5:6')).toBe(networkOf('2001:db8:1:2::99'));
  expect(networkOf('2001:db8:1:3::1')).not.toBe(networkOf('2001:db8:1:2::1'));
  expect(networkOf('unknown')).toBe('unknown');
});
