import { expect, test } from 'vitest';
import { open, seal } from './seal.ts';

test('opens with the same token and binding, and with nothing else', () => {
  const sealed = seal('{"token":"hg_x"}', 'token-a', 'key-1');
  expect(open(sealed, 'token-a', 'key-1')).toBe('{"token":"hg_x"}');
  expect(open(sealed, 'token-b', 'key-1')).toBeNull();
  expect(open(sealed, 'token-a', 'key-2')).toBeNull();
  const bytes = Buffer.from(sealed, 'base64');
  bytes[bytes.length - 1]! ^= 1;
  expect(open(bytes.toString('base64'), 'token-a', 'key-1')).toBeNull();
  expect(open('', 'token-a', 'key-1')).toBeNull();
  expect(seal('same', 'token-a', 'key-1')).not.toBe(seal('same', 'token-a', 'key-1'));
});
