import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogger } from '../../foundation/log.ts';
import { testNamespace, testCluster, type TestNamespace } from './testing/cluster.ts';
import { isRefused, type KubeObject, type KubernetesError } from './types.ts';
import { NAMESPACE, SECRET } from './object-types.ts';
import { Reflector } from './reflector.ts';

const cluster = testCluster();
let space: TestNamespace;
beforeAll(async () => {
  space = await testNamespace(cluster);
});
afterAll(async () => {
  await space.remove();
  await cluster.close();
});

const secret = (name: string, value = 'a', labels: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace: space.name, labels },
  stringData: { value },
});
const never = new AbortController().signal;

describe('the API', () => {
  it('creates, reads, applies, patches and deletes', async () => {
    const made = await cluster.create(SECRET, secret('one'));
    expect(made.metadata.uid).toMatch(/-/);
    await expect(cluster.create(SECRET, secret('one'))).rejects.toMatchObject({
      reason: 'AlreadyExists',
      httpStatus: 409,
    });
    const applied = await cluster.apply(SECRET, secret('one', 'b', { team: 'x' }), {
      manager: 'headgate',
      force: true,
    });
    expect(applied.metadata.labels).toEqual({ team: 'x' });
    const again = await cluster.apply(SECRET, secret('one', 'b', { team: 'x' }), { manager: 'headgate', force: true });
    expect(again.metadata.resourceVersion).toBe(applied.metadata.resourceVersion);
    const patched = await cluster.patch(
      SECRET,
      { namespace: space.name, name: 'one' },
      { metadata: { labels: { team: null } } },
      { manager: 'other' },
    );
    expect(patched.metadata.labels).toBeUndefined();
    const stale = { ...made, metadata: { ...made.metadata } };
    await expect(cluster.replace(SECRET, stale)).rejects.toMatchObject({ reason: 'Conflict', retryable: false });
    expect(await cluster.delete(SECRET, { namespace: space.name, name: 'one' }, { uid: 'another' })).toBe(false);
    expect(await cluster.delete(SECRET, { namespace: space.name, name: 'one' })).toBe(true);
    expect(await cluster.delete(SECRET, { namespace: space.name, name: 'one' })).toBe(false);
    const error: unknown = await cluster
      .get(SECRET, { namespace: space.name, name: 'one' })
      .catch((thrown: unknown) => thrown);
    expect(isRefused(error, 'NotFound')).toBe(true);
    expect((error as KubernetesError).message).toContain('secrets "one" not found');
  });

  it('a dry run of an apply changes nothing', async () => {
    await cluster.apply(SECRET, secret('dry'), { manager: 'headgate', dryRun: true });
    await expect(cluster.get(SECRET, { namespace: space.name, name: 'dry' })).rejects.toMatchObject({
      reason: 'NotFound',
    });
  });

  it('lists in pages', async () => {
    for (const name of ['p1', 'p2', 'p3']) await cluster.create(SECRET, secret(name, 'a', { page: 'yes' }));
    const first = await cluster.list(SECRET, { namespace: space.name, labels: 'page=yes', limit: 2 });
    expect(first.items.map(({ metadata, kind }) => [metadata.name, kind])).toEqual([
      ['p1', 'Secret'],
      ['p2', 'Secret'],
    ]);
    const second = await cluster.list(SECRET, {
      namespace: space.name,
      labels: 'page=yes',
      limit: 2,
      continue: first.continue!,
    });
    expect(second.items.map(({ metadata }) => metadata.name)).toEqual(['p3']);
    expect(second.continue).toBeUndefined();
  });

  it('says what the connection is up to', async () => {
    expect(await cluster.raw('/version')).toMatchObject({ major: '1' });
    await expect(cluster.get(NAMESPACE, { name: 'none' }, AbortSignal.abort(new Error('enough')))).rejects.toThrow();
  });
});

describe('a reflector', () => {
  const keep = (object: KubeObject): string => String((object['data'] as { value?: string } | undefined)?.value);
  const made = (relistMs?: number): Reflector<string> =>
    new Reflector({
      cluster,
      type: SECRET,
      selection: { namespace: space.name, labels: 'kept=yes' },
      keep,
      log: createLogger({ level: 'error' }),
      ...(relistMs === undefined ? {} : { relistMs }),
    });
  const base64 = (text: string): string => Buffer.from(text).toString('base64');

  it('holds what there is and what changes', async () => {
    await cluster.create(SECRET, secret('kept', 'a', { kept: 'yes' }));
    const reflector = made();
    const seen: [string, string | undefined][] = [];
    reflector.onChange((key, now) => void seen.push([key, now]));
    await reflector.start();
    const key = `${space.name}/kept`;
    expect(reflector.get(key)).toBe(base64('a'));
    const written = await cluster.apply(SECRET, secret('kept', 'b', { kept: 'yes' }), { manager: 'm', force: true });
    reflector.note(written);
    expect(reflector.get(key)).toBe(base64('b'));
    await cluster.delete(SECRET, { namespace: space.name, name: 'kept' });
    await expect.poll(() => reflector.get(key)).toBeUndefined();
    // What the watch has passed does not come back.
    reflector.note(written);
    expect(reflector.get(key)).toBeUndefined();
    expect(seen).toEqual([
      [key, base64('a')],
      [key, base64('b')],
      [key, undefined],
    ]);
    await reflector.close();
  });

  it('lists again from time to time', async () => {
    const reflector = made(1000);
    await reflector.start();
    const before = reflector.state().heardAt!;
    await expect.poll(() => reflector.state().heardAt! > before, { timeout: 10_000 }).toBe(true);
    expect(reflector.state()).toMatchObject({ synced: true, failures: 0 });
    await reflector.close();
  });

  it('that may not see its type says so', async () => {
    const reflector = new Reflector({
      cluster,
      type: { ...SECRET, plural: 'nothings' },
      keep,
      log: createLogger({ level: 'fatal' }),
    });
    await expect(reflector.start()).rejects.toMatchObject({ reason: 'NotFound' });
    await reflector.close();
  });

  it('ends when it is closed, also while it waits', async () => {
    const reflector = made();
    const started = reflector.start();
    await reflector.close();
    await started.catch(() => undefined);
    expect(never.aborted).toBe(false);
  });
});
