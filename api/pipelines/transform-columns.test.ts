import { expect, it } from 'vitest';
import type { Transform } from '../../crds/index.ts';
import { refuseUnknownColumns } from './transform-columns.ts';

const select = { select: ['id', 'amount'] };

it.each<[readonly Transform[], string]>([
  [[select, { rename: { foo: 'bar' } }], "transform[1].rename: key 'foo' not present in source schema"],
  [[select, { rename: { id: 'key' } }, { drop: ['id'] }], "transform[2].drop: key 'id' not present in source schema"],
  [[select, { drop: ['id'] }, { cast: { id: 'integer' } }], "transform[2].cast: key 'id' not present in source schema"],
  [[select, { select: ['name'] }], "transform[1].select: key 'name' not present in source schema"],
  [[select, { mask: { email: 'sha256' } }], "transform[1].mask: key 'email' not present in source schema"],
  [[select, { dedupe: { key: ['id'], by: 'at' } }], "transform[1].dedupe: key 'at' not present in source schema"],
])('%j is refused', (transforms, message) => {
  const error = expect.objectContaining({ code: 'invalid_transform', message });
  expect(() => refuseUnknownColumns({ transforms: [...transforms] })).toThrow(error);
  expect(() => refuseUnknownColumns({ transform: [...transforms] })).toThrow(error);
});

it.each<[readonly Transform[]]>([
  [[{ rename: { foo: 'bar' } }]],
  [[select, { rename: { id: 'key' } }, { drop: ['key'] }]],
  [[select, { set: { foo: 'id + 1' } }, { cast: { foo: 'integer' } }, { dedupe: { key: ['foo'] } }]],
  [[select, { sql: 'select 1 as foo' }, { drop: ['foo'] }]],
  [[select, { flatten: {} }, { drop: ['amount_major'] }]],
  [[select, { filter: 'amount > 0' }, { limit: 5 }, { mask: { id: 'redact' } }]],
])('%j may run', (transforms) => {
  expect(() => refuseUnknownColumns({ transforms: [...transforms] })).not.toThrow();
});
