import { expect, it } from 'vitest';
import { mergePatch } from './merge.ts';

// Examples of RFC 7396, appendix A, that have objects on both sides.
it.each([
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
])('%j with %j', (target, patch, expected) => {
  const before = structuredClone(target);
  expect(mergePatch(target, patch)).toEqual(expected);
  expect(target).toEqual(before);
});

it('a member called __proto__ is one like any other', () => {
  const patch = JSON.parse('{"__proto__": {"x": 1}}') as Record<string, unknown>;
  const merged = mergePatch({}, patch);
  expect(Object.keys(merged)).toEqual(['__proto__']);
  expect((merged as { x?: number }).x).toBeUndefined();
});
