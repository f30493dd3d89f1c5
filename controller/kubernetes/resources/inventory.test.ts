import { expect, it } from 'vitest';
import type { Entry } from './entry.ts';
import { Inventory } from './inventory.ts';

function entry(
  kind: 'Pipeline' | 'Connection',
  namespace: string,
  name: string,
  phase: 'active' | 'error' = 'active',
): Entry {
  const key = `${kind}/${namespace}/${name}`;
  const summary = { key, id: `id-${key}`, hash: 'h', repositoryId: null, deleted: false };
  const facts = { key, id: summary.id, deleted: false, phase, paused: false, enabled: true, words: name, domain: null };
  return {
    ref: { kind, namespace, name },
    summary,
    facts: kind === 'Pipeline' ? facts : null,
  } as Partial<Entry> as Entry;
}

it('answers the identical pipelines until one of them is another', () => {
  const inventory = new Inventory();
  inventory.put(entry('Pipeline', 'a', 'm'));
  inventory.put(entry('Pipeline', 'a-b', 'm'));
  const first = inventory.pipelines();
  expect(first.map(({ key }) => key)).toEqual(['Pipeline/a-b/m', 'Pipeline/a/m']);
  inventory.put(entry('Pipeline', 'a', 'm'));
  inventory.put(entry('Connection', 'a', 'm'));
  inventory.remove('Connection/a/m');
  expect(inventory.pipelines()).toBe(first);
  inventory.put(entry('Pipeline', 'a', 'm', 'error'));
  const second = inventory.pipelines();
  expect(second.map(({ phase }) => phase)).toEqual(['active', 'error']);
  inventory.remove('Pipeline/a-b/m');
  expect(inventory.pipelines()).toHaveLength(1);
  expect(first.map(({ phase }) => phase)).toEqual(['active', 'active']);
});

it('orders by key and by name, and finds by id until it is gone', () => {
  const inventory = new Inventory();
  for (const [namespace, name] of [
    ['b', 'x'],
    ['a-b', 'x'],
    ['a', 'y'],
    ['a', 'x'],
  ] as const)
    inventory.put(entry('Pipeline', namespace, name));
  const keys = (entries: readonly Entry[]): string[] =>
    entries.map(({ summary }) => summary.key.slice('Pipeline/'.length));
  expect(keys(inventory.byKey())).toEqual(['a-b/x', 'a/x', 'a/y', 'b/x']);
  expect(keys(inventory.byName())).toEqual(['a/x', 'a/y', 'a-b/x', 'b/x']);
  expect(keys(inventory.byKey({ namespace: 'a' }))).toEqual(['a/x', 'a/y']);
  expect(inventory.getById('id-Pipeline/b/x')?.ref.namespace).toBe('b');
  inventory.remove('Pipeline/b/x');
  expect(inventory.getById('id-Pipeline/b/x')).toBeUndefined();
  expect(keys(inventory.byKey())).toEqual(['a-b/x', 'a/x', 'a/y']);
});
