import { expect, it } from 'vitest';
import { pathOfNew } from './place.ts';

it.each([
  ['', 'Pipeline', 'default', 'pipelines/orders.yaml'],
  ['prod', 'Pipeline', 'default', 'prod/pipelines/orders.yaml'],
  ['prod', 'Connection', 'default', 'prod/connections/orders.yaml'],
  ['prod', 'Pipeline', 'team-b', 'prod/pipelines/team-b/orders.yaml'],
  ['data/pipelines', 'Pipeline', 'default', 'data/pipelines/orders.yaml'],
  ['data/pipelines', 'Pipeline', 'team-b', 'data/pipelines/team-b/orders.yaml'],
  ['data/pipelines', 'Connection', 'default', 'data/pipelines/connections/orders.yaml'],
] as const)('below %j a %s of %s goes to %s', (folder, kind, namespace, path) => {
  expect(pathOfNew(folder, { kind, metadata: { name: 'orders', namespace } }, 'default')).toBe(path);
});

it('a workspace that files mean where they name none has no folder of its own', () => {
  const path = (namespace: string): string =>
    pathOfNew('', { kind: 'Pipeline', metadata: { name: 'orders', namespace } }, 'shop');
  expect([path('shop'), path('default')]).toEqual(['pipelines/orders.yaml', 'pipelines/default/orders.yaml']);
});
