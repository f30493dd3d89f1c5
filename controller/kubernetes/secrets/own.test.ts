import { expect, test } from 'vitest';
import { isOwnSecret } from './own.ts';

const own = {
  storeSecret: 'store-of-ours',
  outputsSecret: 'bucket',
  namespace: 'headgate',
  names: ['headgate', 'headgate-redis'],
};

test.each([
  ['shop', 'store-of-ours', true],
  ['shop', 'headgate-staging-store', true],
  ['shop', 'bucket', true],
  ['headgate', 'headgate', true],
  ['headgate', 'headgate-redis', true],
  // People may call theirs as they like.
  ['shop', 'headgate', false],
  ['shop', 'headgate-redis', false],
  ['headgate', 'warehouse', false],
])('in %s, %s: %s', (namespace, name, expected) => {
  expect(isOwnSecret(own, namespace, name)).toBe(expected);
});
