/** The overlay for `kubectl apply -k`: the base is what the chart renders, and the example builds. `KUSTOMIZE`, or kustomize in the PATH. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { INSTALLATION_ANNOTATION } from '../../controller/kubernetes/names.ts';
import { build, withoutKustomize } from './kustomize.ts';
import { kustomizeBase, RENDERED } from './kustomize-base.ts';
import { violations } from './pod-security.ts';
import { objectsOf, podsOf, ROOT, withoutHelm } from './render.ts';

describe.skipIf(withoutHelm())('charts/kustomize/base', () => {
  it('is what the chart renders', () => {
    expect(readFileSync(join(ROOT, RENDERED), 'utf8')).toBe(kustomizeBase());
  });
});

describe.skipIf(withoutKustomize())('kustomize', () => {
  it('builds the base: all objects of the chart, no Secret, in one namespace', () => {
    const objects = objectsOf(build('base'));
    const kinds = objects.map(({ kind }) => kind);
    expect(kinds).toEqual(
      expect.arrayContaining(['Namespace', 'CustomResourceDefinition', 'Deployment', 'StatefulSet']),
    );
    const definitions = objects.filter(({ kind }) => kind === 'CustomResourceDefinition');
    expect(definitions).toHaveLength(5);
    for (const { metadata } of definitions)
      expect(metadata.annotations).toMatchObject({ [INSTALLATION_ANNOTATION]: 'headgate' });
    expect(kinds).not.toContain('Secret');
    const spaces = objects.flatMap(({ metadata: { namespace } }) => (namespace === undefined ? [] : [namespace]));
    expect(new Set(spaces)).toEqual(new Set(['headgate']));
    for (const { of, template } of podsOf(objects)) expect(violations(template), of).toEqual([]);
  });

  it('builds the example: runners have the image of the controller, and the Secrets are the ones that are referred to', () => {
    const objects = objectsOf(build('example'));
    const deployment = objects.find(({ kind }) => kind === 'Deployment')!;
    const [{ template }] = podsOf([deployment]) as [ReturnType<typeof podsOf>[number]];
    const [container] = template.spec.containers;
    expect(container!.image).toBe('registry.example.com/data/headgate:0.1.0');
    const runner = container!.env!.find(({ name }) => name === 'HEADGATE_RUNNER_IMAGE');
    expect(runner?.value).toBe(container!.image);
    expect(deployment.spec).toMatchObject({ replicas: 3 });
    const secrets = objects.filter(({ kind }) => kind === 'Secret');
    const keys = new Map(secrets.map(({ metadata, data }) => [metadata.name, Object.keys(data!).toSorted()]));
    const asked = podsOf(objects)
      .flatMap((pod) => pod.template.spec.containers)
      .flatMap(({ env = [] }) => env)
      .flatMap(({ valueFrom }) => (valueFrom === undefined ? [] : [(valueFrom as Referring).secretKeyRef]));
    expect(asked.length).toBeGreaterThan(3);
    for (const { name, key } of asked) expect(keys.get(name), name).toContain(key);
  });

  it('has example secrets that the server takes', () => {
    const secret = objectsOf(build('example')).find(
      ({ kind, metadata }) => kind === 'Secret' && metadata.name === 'headgate',
    )!;
    const value = (key: string): string => Buffer.from(secret.data![key]!, 'base64').toString('utf8');
    expect(value('admin-token').length).toBeGreaterThanOrEqual(24);
    expect(Buffer.from(value('secret-key'), 'base64')).toHaveLength(32);
  });
});

interface Referring {
  readonly secretKeyRef: { readonly name: string; readonly key: string };
}
