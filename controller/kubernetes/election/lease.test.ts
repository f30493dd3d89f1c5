import { expect, test } from 'vitest';
import type { KubeObject } from '../types.ts';
import { freeIn, heldSpec, readLease, releasedSpec, sight, type LeaseRecord } from './lease.ts';

const LIFE = 15_000;
const object = (spec: unknown): KubeObject => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name: 'x' },
  spec,
});
const record = (of: Partial<LeaseRecord>): LeaseRecord => ({
  holder: 'a',
  durationMs: LIFE,
  renewTime: '2026-01-01T00:00:00.000000Z',
  transitions: 1,
  ...of,
});

test('what is written is read', () => {
  const spec = heldSpec({ holder: 'a', durationMs: 15_000, transitions: 3, acquiredAt: 0, renewedAt: 1234 });
  expect(spec).toMatchObject({ acquireTime: '1970-01-01T00:00:00.000000Z', renewTime: '1970-01-01T00:00:01.234000Z' });
  expect(readLease(object(spec))).toEqual({
    holder: 'a',
    durationMs: 15_000,
    renewTime: '1970-01-01T00:00:01.234000Z',
    transitions: 3,
  });
});

test.each([undefined, null, {}, { holderIdentity: null, leaseDurationSeconds: 'x', renewTime: 7 }])(
  'whatever was written by hand is read: %j',
  (spec) => {
    expect(readLease(object(spec))).toEqual({ holder: '', durationMs: Number.NaN, renewTime: '', transitions: 0 });
  },
);

test.each([
  // [the Lease, for how long it was seen so, in how many ms it is free]
  ['held and just renewed', record({}), 0, LIFE],
  ['held and silent', record({}), 14_999, 1],
  ['expired', record({}), LIFE, 0],
  ['our own', record({ holder: 'me' }), 0, 0],
  ['let go', readLease(object(releasedSpec(4, 0))), 0, 0],
  ['emptied by hand', record({ holder: '' }), 0, LIFE],
  ['without a duration', record({ durationMs: Number.NaN }), 0, LIFE],
  ['with a negative duration', record({ durationMs: -5 }), 0, LIFE],
  ['shorter than ours', record({ durationMs: 6000 }), 0, 6000],
  ['of a hundred years', record({ durationMs: 3e12 }), 0, 4 * LIFE],
])('a Lease that is %s', (_what, lease, seenFor, free) => {
  expect(freeIn({ record: lease, since: 100_000 - seenFor }, 'me', 100_000, LIFE)).toBe(free);
});

test.each([
  ['renewed', { renewTime: '1999-01-01T00:00:00.000000Z' }, true],
  ['taken', { holder: 'b' }, true],
  ['taken anew', { transitions: 2 }, true],
  ['as it was', {}, false],
])('what is new of a Lease that is %s', (_what, change, isNew) => {
  const first = sight(null, record({}), 10);
  expect(sight(first, record(change), 500).since).toBe(isNew ? 500 : 10);
});
