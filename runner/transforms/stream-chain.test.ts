/** Chains over several batches: what `dedupe` remembers, and records that cannot be transformed. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Transform } from '../../crds/index.ts';
import type { Row, StreamRecord } from '../ports.ts';
import { canonical, keyText, SeenKeys } from './seen-keys.ts';
import { streamChain, type StreamChain } from './stream-chain.ts';

const MINUTE = 60_000;

/** Records of an event each, received at the minute that their field `m` says. */
const batchOf = (rows: readonly Row[]): readonly StreamRecord[] =>
  rows.map((row, n) => ({
    row,
    event: { id: `ev_${n}`, type: 'seen', key: null, receivedAt: Number(row['m'] ?? 0) * MINUTE, replay: null },
  }));

/** What stays of each batch, as the fields `n`. */
const kept = (chain: StreamChain, ...batches: readonly (readonly Row[])[]): unknown[][] =>
  batches.map((rows) => chain.run(batchOf(rows)).records.map(({ row }) => row['n']));

const dedupe = (spec: Transform['dedupe']): StreamChain => streamChain([{ dedupe: spec }]);

describe('dedupe over batches', () => {
  it('first: what comes with a known key is dropped, and counts', () => {
    const chain = dedupe({ key: ['id'], keep: 'first', window: '10m' });
    const at = (m: number, n: number, id = 'a') => [{ id, m, n }];
    expect(kept(chain, at(0, 1), at(9, 2), at(19, 3), at(20, 4, 'b'), at(30, 5), at(30, 6, 'b'))).toEqual([
      [1],
      [],
      [],
      [4],
      [5],
      [],
    ]);
    expect(chain.windowMs).toBe(10 * MINUTE);
  });

  it('the window is 10 minutes where none is said', () => {
    const chain = dedupe({ key: ['id'], keep: 'first' });
    const batches = [0, 10, 20.001].map((m, n) => [{ id: 1, m, n }]);
    expect(kept(chain, ...batches)).toEqual([[0], [], [2]]);
  });

  it('the window holds within a batch, too', () => {
    const rows = [0, 5, 16, 17, 40].map((m, n) => ({ id: 1, m, n }));
    expect(kept(dedupe({ key: ['id'], keep: 'first' }), rows)).toEqual([[0, 2, 4]]);
    expect(kept(dedupe({ key: ['id'] }), rows)).toEqual([[1, 3, 4]]);
  });

  it('a gap of one key within a batch makes no other key forgotten', () => {
    const chain = dedupe({ key: ['id'], keep: 'first' });
    const second = [
      { id: 'a', m: 11, n: 1 },
      { id: 'b', m: 13, n: 2 },
      { id: 'b', m: 24, n: 3 },
    ];
    expect(kept(chain, [{ id: 'a', m: 2, n: 0 }], second)).toEqual([[0], [2, 3]]);
  });

  it('latest by a column: only what is newer than all before', () => {
    const chain = dedupe({ key: ['id'], by: 'v' });
    const one = (v: unknown, n: number) => [{ id: 1, v, n }];
    expect(kept(chain, one(2, 1), one(1, 2), one(2, 3), one(null, 4), one(3n, 5), one(2.5, 6), one(4, 7))).toEqual([
      [1],
      [],
      [],
      [],
      [5],
      [],
      [7],
    ]);
    expect(kept(chain, [...one(5, 8), ...one(6, 9), ...one(6, 10), ...one(1, 11)])).toEqual([[10]]);
    expect(chain.windowMs).toBe(10 * MINUTE);
  });

  it('latest by arrival: the last of each batch, and nothing to remember', () => {
    const chain = dedupe({ key: ['id'] });
    const rows = [1, 2, 3].map((n) => ({ id: n === 2 ? 'b' : 'a', n }));
    expect(kept(chain, rows, rows)).toEqual([
      [2, 3],
      [2, 3],
    ]);
    expect(chain.windowMs).toBe(0);
  });

  it('null and what is missing are one key; numbers are the same by value', () => {
    const chain = dedupe({ key: ['id'], keep: 'first' });
    const rows = [{}, { id: null }, { id: 1 }, { id: 1n }, { id: '1' }, { id: true }, { id: 'true' }];
    expect(
      kept(
        chain,
        rows.map((row, n) => ({ ...row, n })),
      ),
    ).toEqual([[0, 2, 4, 5, 6]]);
  });

  it('begins anew after a restart where it was, when it has seen the window before', () => {
    const rows = fc.array(fc.record({ id: fc.integer({ min: 0, max: 3 }), step: fc.integer({ min: 0, max: 8 }) }), {
      minLength: 1,
      maxLength: 60,
    });
    fc.assert(
      fc.property(rows, fc.nat(), (steps, place) => {
        let m = 0;
        const all = steps.map(({ id, step }, n) => ({ id, n, m: (m += step) }));
        const cut = place % all.length;
        const whole = dedupe({ key: ['id'], keep: 'first' });
        const [, expected] = kept(whole, all.slice(0, cut), all.slice(cut));
        const restarted = dedupe({ key: ['id'], keep: 'first' });
        const from = all[cut]!.m - restarted.windowMs / MINUTE;
        const [, answer] = kept(
          restarted,
          all.slice(0, cut).filter((row) => row.m >= from),
          all.slice(cut),
        );
        expect(answer).toEqual(expected);
      }),
      { numRuns: 1000 },
    );
  });

  it('what a transform before it drops or cannot transform is not seen', () => {
    const chain = streamChain([
      { filter: 'ok' },
      { set: { x: '10 / d' } },
      { dedupe: { key: ['id'], keep: 'first', window: '1m' } },
      { dedupe: { key: ['id'], keep: 'first', window: '2m' } },
    ]);
    const rows = [
      { id: 1, n: 1, ok: false, d: 1 },
      { id: 1, n: 2, ok: true, d: 0 },
      { id: 1, n: 3, ok: true, d: 1 },
      { id: 1, n: 4, ok: true, d: 1 },
    ];
    const { records, failed } = chain.run(batchOf(rows));
    expect(records.map(({ index, event }) => [index, event.id])).toEqual([[2, 'ev_2']]);
    expect(failed).toEqual([
      { index: 1, error: { code: 'transform_failed', message: 'transform[1].set.x: division by zero' } },
    ]);
    expect(chain.windowMs).toBe(3 * MINUTE);
  });
});

describe('a chain', () => {
  it('leaves the records as they came', () => {
    const row = Object.freeze({ id: '7', user: Object.freeze({ name: 'Ann' }) });
    const chain = streamChain([
      { cast: { id: 'integer' } },
      { set: { at: 'event.received_at', kind: 'event.type' } },
      { mask: { id: 'redact' } },
      { flatten: {} },
    ]);
    expect(chain.run(batchOf([row])).records).toEqual([
      {
        index: 0,
        row: { id: '***', user_name: 'Ann', at: new Date(0), kind: 'seen' },
        event: expect.objectContaining({ id: 'ev_0' }) as unknown,
      },
    ]);
  });

  it('names transform and field of a record that fails, and never a value', () => {
    const secret = 'ann@example.com';
    const chain = streamChain([{ mask: { other: 'sha256' } }, { cast: { email: 'integer' } }]);
    const { records, failed } = chain.run(batchOf([{ email: secret }, { email: '1' }]));
    expect(records.map(({ row }) => row)).toEqual([{ email: 1 }]);
    expect(failed).toEqual([
      {
        index: 0,
        error: {
          code: 'transform_failed',
          message: "transform[1].cast: column 'email' holds a value that is no integer",
        },
      },
    ]);
  });

  it('flatten refuses to put one column over another', () => {
    const { failed } = streamChain([{ flatten: {} }]).run(batchOf([{ a_b: 1, a: { b: 2 } }, { a: { b: 1 } }]));
    expect(failed).toEqual([
      {
        index: 0,
        error: { code: 'transform_failed', message: "transform[0].flatten: there would be two columns 'a_b'" },
      },
    ]);
  });

  it('is refused whole when one of its transforms is', () => {
    expect(() => streamChain([{ filter: 'true' }, { limit: 3 }])).toThrow('transform[1].limit: works on batches only');
  });

  it('JavaScript errors tell nothing of the record', () => {
    const hostile = {
      get id(): never {
        throw new RangeError('the value 4711');
      },
    };
    const { failed } = streamChain([{ select: ['id'] }]).run(batchOf([hostile]));
    expect(failed).toEqual([
      {
        index: 0,
        error: {
          code: 'transform_failed',
          message: 'transform[0].select: the record cannot be transformed (RangeError)',
        },
      },
    ]);
  });
});

describe('keys that were seen', () => {
  it('the oldest fall out beyond the bound, those seen again last', () => {
    const seen = new SeenKeys(MINUTE, 3);
    for (const [at, key] of ['a', 'b', 'c', 'a', 'd', 'e'].entries()) seen.put(key, { at, by: null });
    expect(['a', 'b', 'c', 'd', 'e'].filter((key) => seen.get(key, 10) !== undefined)).toEqual(['a', 'd', 'e']);
    expect(seen.size).toBe(3);
  });

  it('what the window has passed takes no memory', () => {
    const seen = new SeenKeys(100);
    for (let at = 0; at < 10_000; at++) {
      seen.put(`k${at}`, { at, by: null });
      seen.get('none', at);
      expect(seen.size).toBeLessThanOrEqual(101);
    }
  });

  it('agrees with a plain list of what was seen', () => {
    const key = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
    fc.assert(
      fc.property(fc.array(fc.tuple(key, fc.integer({ min: 0, max: 5 })), { maxLength: 80 }), (steps) => {
        const seen = new SeenKeys(8, 4);
        let list: [string, number][] = [];
        let now = 0;
        for (const [name, step] of steps) {
          now += step;
          const known = list.find(([other, at]) => other === name && now - at <= 8);
          expect(seen.get(name, now)?.at).toBe(known?.[1]);
          seen.put(name, { at: now, by: null });
          list = [
            ...list.filter(([other, at]) => other !== name && now - at <= 8),
            [name, now] as [string, number],
          ].slice(-4);
        }
      }),
    );
  });

  it('long keys are kept short, and stay apart', () => {
    const text = (end: string): string => keyText({ id: 'x'.repeat(1000) + end }, ['id']);
    expect(text('a').length).toBeLessThan(50);
    expect(text('a')).not.toBe(text('b'));
    expect(text('a')).toBe(text('a'));
  });

  it.each<[unknown, unknown, boolean]>([
    [{ a: 1, b: [null] }, { b: [null], a: 1 }, true],
    [['a', 'b'], ['a,b'], false],
    [new Date(5), 5, false],
    [new Date(5), new Date(5), true],
    [Buffer.from('a'), new Uint8Array([97]), true],
    [-0, 0, true],
    [{}, [], false],
    ['null', null, false],
  ])('%j and %j: the same is %s', (a, b, same) => {
    expect(canonical(a) === canonical(b)).toBe(same);
  });
});
