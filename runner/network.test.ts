import { describe, expect, test } from 'vitest';
import { checkAddress, guardedLookup, isAllowed, resolveHost, type Resolver } from './network.ts';

const NOTHING = { allow: [] };
const LOOPBACK = { allow: ['127.0.0.0/8'] };

describe('isAllowed', () => {
  test.each([
    '0.0.0.0',
    '0.1.2.3',
    '10.0.0.1',
    '100.64.0.1',
    '100.100.100.200',
    '127.0.0.1',
    '127.255.255.254',
    '168.63.129.16',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.192',
    '192.0.2.1',
    '192.88.99.1',
    '192.168.1.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '239.255.255.255',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::127.0.0.1',
    '::8.8.8.8',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:10.0.0.1',
    '::ffff:0:127.0.0.1',
    '64:ff9b::127.0.0.1',
    '64:ff9b::169.254.169.254',
    '64:ff9b:1::8.8.8.8',
    '100::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
    '2002:808:808::',
    '3fff::1',
    'fc00::1',
    'fd00:ec2::254',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'ff02::1',
    '4000::1',
    'not an address',
    '',
    '127.1',
    '0x7f.0.0.1',
    '2130706433',
  ])('refuses %s', (address) => expect(isAllowed(address, NOTHING)).toBe(false));

  test.each([
    '1.1.1.1',
    '8.8.8.8',
    '172.32.0.1',
    '100.128.0.1',
    '169.253.0.1',
    '2606:4700::1111',
    '::ffff:8.8.8.8',
    '64:ff9b::8.8.8.8',
  ])('allows %s', (address) => expect(isAllowed(address, NOTHING)).toBe(true));

  test.each([
    ['10.1.2.3', ['10.0.0.0/8'], true],
    ['10.1.2.3', ['10.1.2.3'], true],
    ['10.1.2.3', ['192.168.0.0/16', '10.1.0.0/16'], true],
    ['10.2.2.3', ['10.1.0.0/16'], false],
    ['::ffff:10.1.2.3', ['10.0.0.0/8'], true],
    ['::1', ['127.0.0.0/8'], false],
    ['::1', ['::1/128'], true],
    ['fd00::1', ['fd00::/8'], true],
    ['10.1.2.3', ['::/0'], false],
  ] as const)('%s with %j: %s', (address, allow, expected) => expect(isAllowed(address, { allow })).toBe(expected));

  test('a malformed range is an error, not an open door', () => {
    expect(() => isAllowed('10.0.0.1', { allow: ['10.0.0.0/99'] })).toThrow("'10.0.0.0/99' is not a network range");
    expect(() => isAllowed('8.8.8.8', { allow: ['everything'] })).toThrow("'everything' is not a network range");
  });
});

const answering =
  (...addresses: readonly string[]): Resolver =>
  () =>
    Promise.resolve(addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));

describe('resolveHost', () => {
  test('keeps the allowed ones of several addresses, in order', async () => {
    const found = await resolveHost('mixed.example', NOTHING, answering('10.0.0.1', '8.8.8.8', '::1', '1.1.1.1'));
    expect(found.map(({ address }) => address)).toEqual(['8.8.8.8', '1.1.1.1']);
  });
  test('refuses a name with no allowed address, and says what it is', async () => {
    await expect(resolveHost('inner.example', NOTHING, answering('10.0.0.1'))).rejects.toMatchObject({
      code: 'address_refused',
      message: "connections to 'inner.example' are not allowed (it is 10.0.0.1)",
    });
  });
  test('a literal is not resolved', async () => {
    await expect(resolveHost('[::1]', NOTHING, answering('8.8.8.8'))).rejects.toMatchObject({
      code: 'address_refused',
    });
    expect(await resolveHost('127.0.0.1', LOOPBACK, answering())).toEqual([{ address: '127.0.0.1', family: 4 }]);
  });
  test.each([
    ['ENOTFOUND', false],
    ['EAI_AGAIN', true],
  ])('%s: worth another try: %s', async (code, retryable) => {
    const resolver: Resolver = () => Promise.reject(Object.assign(new Error(code), { code }));
    await expect(resolveHost('nowhere.example', NOTHING, resolver)).rejects.toMatchObject({
      code: 'source_failed',
      retryable,
      message: `the name 'nowhere.example' cannot be resolved: ${code}`,
    });
  });
  test('checkAddress throws for sockets of other connectors', () => {
    expect(() => checkAddress('192.168.0.1', NOTHING, 'db.internal')).toThrow(
      "'db.internal' are not allowed (it is 192.168.0.1)",
    );
    expect(() => checkAddress('127.0.0.1', LOOPBACK)).not.toThrow();
  });
});

test('guardedLookup answers in the forms that net and tls ask for', async () => {
  const lookup = guardedLookup(NOTHING, answering('2606:4700::1111', '10.0.0.1', '8.8.8.8'));
  const ask = (options: object): Promise<unknown[]> =>
    new Promise((resolve) => lookup('host.example', options, (...answer: unknown[]) => resolve(answer)));
  expect(await ask({ all: true })).toEqual([
    null,
    [
      { address: '2606:4700::1111', family: 6 },
      { address: '8.8.8.8', family: 4 },
    ],
  ]);
  expect(await ask({})).toEqual([null, '2606:4700::1111', 6]);
  expect(await ask({ family: 4 })).toEqual([null, '8.8.8.8', 4]);
});
