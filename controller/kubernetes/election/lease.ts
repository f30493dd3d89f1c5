/** A Lease of `coordination.k8s.io/v1` as an election reads and writes it: pure, with every time given. */
import type { KubeObject, NewObject } from '../types.ts';

export interface LeaseRecord {
  /** Empty: nobody. */
  readonly holder: string;
  /** For how long it stays its holder's after each renewal, in milliseconds. */
  readonly durationMs: number;
  /** As it was written, by whatever clock: compared with what it was before, and with nothing else. */
  readonly renewTime: string;
  /** How often it changed hands: the epoch of a term. */
  readonly transitions: number;
}

/** What a candidate saw of the Lease last, and when that was new to it (milliseconds of its own clock that is never set). */
export interface Sighting {
  readonly record: LeaseRecord;
  readonly since: number;
}

export interface LeaseSpec {
  readonly holder: string;
  readonly durationMs: number;
  readonly transitions: number;
  readonly acquiredAt: number;
  readonly renewedAt: number;
}

/** What a holder leaves behind that lets go: then nobody waits. Somebody who empties the field by hand does not write this. */
const RELEASED_SECONDS = 1;
/** A Lease that claims a longer life than so many of ours was not written by one of us. */
const MOST_LIVES = 4;

/** Whatever stands in the Lease: one that was edited by hand may lack anything. */
export function readLease({ spec }: KubeObject): LeaseRecord {
  const fields = typeof spec === 'object' && spec !== null ? (spec as Readonly<Record<string, unknown>>) : {};
  const { holderIdentity, leaseDurationSeconds, renewTime, leaseTransitions } = fields;
  return {
    holder: typeof holderIdentity === 'string' ? holderIdentity : '',
    durationMs: typeof leaseDurationSeconds === 'number' ? leaseDurationSeconds * 1000 : Number.NaN,
    renewTime: typeof renewTime === 'string' ? renewTime : '',
    transitions: typeof leaseTransitions === 'number' ? leaseTransitions : 0,
  };
}

/** The sighting after one more look. Only a change counts: times in the Lease may be of a clock that is hours off. */
export function sight(before: Sighting | null, record: LeaseRecord, now: number): Sighting {
  const same =
    before !== null &&
    before.record.holder === record.holder &&
    before.record.renewTime === record.renewTime &&
    before.record.transitions === record.transitions;
  return same ? { record, since: before.since } : { record, since: now };
}

/** In how many milliseconds `identity` may take the Lease, unless it is renewed before: 0 is now. */
export function freeIn({ record, since }: Sighting, identity: string, now: number, lifeMs: number): number {
  if (record.holder === identity) return 0;
  if (record.holder === '' && record.durationMs === RELEASED_SECONDS * 1000) return 0;
  const known = record.durationMs > 0 ? record.durationMs : lifeMs;
  // Who emptied it by hand left a holder at work, who writes itself in again with the next renewal.
  const life = record.holder === '' ? lifeMs : Math.min(known, lifeMs * MOST_LIVES);
  return Math.max(0, since + life - now);
}

/** The `spec` of a Lease that is held. */
export function heldSpec({ holder, durationMs, transitions, acquiredAt, renewedAt }: LeaseSpec): NewObject['spec'] {
  return {
    holderIdentity: holder,
    leaseDurationSeconds: Math.ceil(durationMs / 1000),
    leaseTransitions: transitions,
    acquireTime: microTime(acquiredAt),
    renewTime: microTime(renewedAt),
  };
}

/** The `spec` of a Lease that its holder lets go, for the next one to take at once. */
export function releasedSpec(transitions: number, now: number): NewObject['spec'] {
  return {
    holderIdentity: '',
    leaseDurationSeconds: RELEASED_SECONDS,
    leaseTransitions: transitions,
    acquireTime: microTime(now),
    renewTime: microTime(now),
  };
}

/** `MicroTime` is parsed with exactly six digits after the second. */
function microTime(epochMs: number): string {
  return new Date(epochMs).toISOString().replace(/\.(\d{3})Z$/, '.$1000Z');
}
