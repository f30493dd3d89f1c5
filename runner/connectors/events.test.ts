import { expect, test } from 'vitest';
import { checkSettings } from '../settings.ts';
import { manifestOf } from './catalogue.ts';
import { events } from './events.ts';
import { acceptance } from './suite.ts';

acceptance({
  connector: events,
  place: () => Promise.resolve({ settings: {}, close: () => Promise.resolve() }),
  broken: () => Promise.resolve({}),
  skip: { 'check answers not ok, without secrets': 'there is nothing that it could fail to reach' },
});

test('is a source of streams without a face', () => {
  expect(manifestOf(events)).toMatchObject({ kind: 'stream', reads: true, writes: false, modes: [] });
});

test('says which schema is wrong', () => {
  const bad = { type: 'text' };
  const issues = events.validate!(
    { schema: bad, schemas: { 'a/b': { pattern: '(?=x)' }, fine: {} } },
    { role: 'source' },
  );
  expect(issues.map(({ pointer, code }) => [pointer, code])).toEqual([
    ['/settings/schema', 'invalid_settings'],
    ['/settings/schemas/a~1b', 'invalid_settings'],
  ]);
  expect(events.validate!({ schema: { type: 'object' } }, { role: 'source' })).toEqual([]);
});

test.each([
  [{ types: ['a*b'] }, '/settings/types/0'],
  [{ types: [] }, '/settings/types'],
  [{ schema: 'object' }, '/settings/schema'],
  [{ schemas: { 'a*b': {} } }, '/settings/schemas'],
  [{ onInvalid: 'drop' }, '/settings/onInvalid'],
  [{ key: '' }, '/settings/key'],
])('%j is refused', (settings, pointer) => {
  const { issues } = checkSettings(events, settings, { pointer: '/settings' });
  expect(issues.map((issue) => issue.pointer)).toContain(pointer);
});
