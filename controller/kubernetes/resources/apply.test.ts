import { describe, expect, it } from 'vitest';
import { HeadgateError } from '../../../foundation/errors.ts';
import { applied, deleted, pipeline } from '../../resources/suites/fixture.ts';
import { KubernetesError } from '../types.ts';
import { annotationPatch } from './annotate.ts';
import { appliedObject, replacement, surplus, type Apply } from './applied.ts';
import { groupsOf } from './apply.ts';
import type { Entry } from './entry.ts';
import { Failures, explain } from './failures.ts';
import { Gate } from '../gate.ts';

const DECLARED = 'headgate.dev/declared-annotations';
const entry = (declared: Record<string, string>, live: Record<string, string>, hasCovered = false): Entry =>
  ({ declared, live, hasCovered }) as Partial<Entry> as Entry;

describe('surplus', () => {
  it.each<[string, unknown, unknown, unknown]>([
    ['nothing', { a: 1, b: { c: 2 } }, { a: 1, b: { c: 2 } }, null],
    ['other values', { a: 1, b: [1, 2] }, { a: 2, b: [] }, null],
    ['a field', { a: 1, b: 2 }, { a: 1 }, { b: null }],
    ['a field within', { a: { b: { c: 1, d: 2 } }, e: 1 }, { a: { b: { c: 1 } }, e: 1 }, { a: { b: { d: null } } }],
    ['fields of a map that became another type', { a: { b: 1 } }, { a: 'text' }, null],
  ])('%s', (_, live, declared, patch) => {
    expect(surplus(live, declared)).toEqual(patch);
  });
});

describe('replacement', () => {
  it.each<[string, unknown, unknown, unknown]>([
    ['what is not there yet', {}, { a: { b: 1 } }, { a: { b: 1 } }],
    ['one field for another', { a: 1, b: [1] }, { b: [2], c: 3 }, { a: null, b: [2], c: 3 }],
    ['fields within', { a: { b: 1, c: 2 } }, { a: { c: 3 } }, { a: { b: null, c: 3 } }],
    ['a map that became another type', { a: { b: 1 } }, { a: 'text' }, { a: 'text' }],
  ])('%s', (_, live, declared, patch) => {
    expect(replacement(live, declared)).toEqual(patch);
  });
});

describe('appliedObject', () => {
  const change = (annotations: Record<string, string>): Apply =>
    applied(pipeline('orders', { annotations }), 'r2') as Apply;
  it('leaves live annotations as they are, and keeps what is declared in their place', () => {
    const known = entry({ a: 'old' }, { a: 'live', other: 'live' });
    expect(appliedObject(change({ a: 'new', b: 'b' }), known).metadata.annotations).toEqual({
      b: 'b',
      'headgate.dev/revision': 'r2',
      'headgate.dev/file': 'orders.yaml:1',
      [DECLARED]: '{"a":"new"}',
    });
  });

  it('empties what was kept once nothing live stands over it', () => {
    expect(appliedObject(change({ a: 'new' }), entry({ a: 'old' }, {}, true)).metadata.annotations).toMatchObject({
      a: 'new',
      [DECLARED]: '{}',
    });
  });

  it('refuses names that Headgate sets itself', () => {
    expect(() => appliedObject(change({ 'headgate.dev/revision': 'x' }), undefined)).toThrow('headgate.dev/revision');
  });
});

describe('annotationPatch', () => {
  it.each<[string, Entry, Record<string, string | null>, Record<string, string | null>]>([
    ['a new one', entry({}, {}), { a: '1' }, { a: '1' }],
    ['the same again', entry({}, { a: '1' }), { a: '1' }, {}],
    ['one away', entry({}, { a: '1' }), { a: null }, { a: null }],
    ['none away', entry({ b: 'declared' }, {}), { a: null, b: null }, {}],
    ['over a declared one', entry({ a: 'd' }, {}), { a: '1' }, { a: '1', [DECLARED]: '{"a":"d"}' }],
    [
      'another over a declared one',
      entry({ a: 'd', b: 'd' }, { b: '1' }, true),
      { a: '1' },
      { a: '1', [DECLARED]: '{"a":"d","b":"d"}' },
    ],
    ['the declared one again', entry({ a: 'd' }, { a: '1' }, true), { a: null }, { a: 'd', [DECLARED]: '{"a":"d"}' }],
    ['beside what is not over one any more', entry({}, { a: '1' }, true), { b: '2' }, { b: '2', [DECLARED]: '{}' }],
  ])('%s', (_, known, wished, patch) => {
    expect(annotationPatch(known, wished)).toEqual(patch);
  });
});

describe('groupsOf', () => {
  it('keeps the order of what may need one another', () => {
    const connection = { ...pipeline('shop'), kind: 'Connection', spec: { connector: 'file' } } as const;
    const ref = (name: string) => ({ kind: 'Pipeline', namespace: 'default', name }) as const;
    const one = applied(pipeline('one'));
    const two = applied(pipeline('two'));
    const changes = [applied(connection), one, two, one, deleted(ref('x')), deleted(ref('y'))];
    expect(groupsOf(changes).map((group) => group.map((each) => changes.indexOf(each)))).toEqual([
      [0],
      [1, 2],
      [1],
      [4, 5],
    ]);
  });
});

describe('failures', () => {
  const ref = (name: string) => ({ kind: 'Pipeline', namespace: 'default', name }) as const;
  const refused = (httpStatus: number, reason: string, retryable = false): KubernetesError =>
    new KubernetesError(retryable ? 'cluster_unreachable' : 'cluster_refused', `Kubernetes: ${reason}`, {
      httpStatus,
      reason,
      retryable,
    });

  it('of many are one error that names ten, worth another try where one of them is', () => {
    const failures = new Failures();
    for (let n = 0; n < 12; n++) failures.add(`k${n}`, explain(refused(422, 'Invalid'), ref(`p${n}`)));
    expect(failures.stop).toBe(false);
    expect(() => failures.throw()).toThrow(/^12 resources could not be applied: .*Pipeline\/default\/p0.*and 2 more$/s);
    failures.add('z', explain(refused(429, 'TooManyRequests', true), ref('z')));
    expect(() => failures.throw()).toThrow(
      expect.objectContaining({ code: 'cluster_refused', retryable: true }) as Error,
    );
    expect(failures.stop).toBe(false);
  });

  it.each([
    ['a server that is not there', refused(0, 'Unreachable', true)],
    ['a fence', new HeadgateError('unavailable', 'another one leads')],
  ])('of %s end it all, and are told as they are', (_, error) => {
    const failures = new Failures();
    failures.add('a', explain(refused(422, 'Invalid'), ref('a')));
    failures.add('b', explain(error, ref('b')));
    expect(failures.stop).toBe(true);
    expect(() => failures.throw()).toThrow(error);
  });

  it('of a namespace that is not there say what to do', () => {
    const error = new KubernetesError('cluster_refused', 'Kubernetes: namespaces "shop" not found', {
      httpStatus: 404,
      reason: 'NotFound',
      retryable: false,
    });
    expect(explain(error, { ...ref('a'), namespace: 'shop' })).toMatchObject({
      hint: expect.stringContaining("create the namespace 'shop'") as string,
    });
  });
});

describe('a gate', () => {
  it('lets so many in at a time, in their order, also after one that failed', async () => {
    const gate = new Gate(2);
    const done: number[] = [];
    let inside = 0;
    let most = 0;
    const work = (n: number) => async (): Promise<void> => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside--;
      if (n === 1) throw new Error('failed');
      done.push(n);
    };
    await Promise.allSettled([0, 1, 2, 3, 4].map((n) => gate.run(work(n))));
    expect([done, most]).toEqual([[0, 2, 3, 4], 2]);
  });
});
