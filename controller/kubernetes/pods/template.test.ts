import { describe, expect, it, test } from 'vitest';
import { HeadgateError } from '../../../foundation/errors.ts';
import { engineMemory } from './memory.ts';
import { mergeTemplate } from './merge.ts';
import { referencedSecrets } from './secrets.ts';
import { podTemplate } from './template.ts';
import { podSettings, podWish } from './testing/wish.ts';
import type { Json, PodSettings, PodWish } from './types.ts';

type Container = Json & { readonly env: readonly Json[]; readonly volumeMounts: readonly Json[] };
const runnerOf = (spec: Json): Container => (spec['containers'] as readonly Container[])[0]!;

describe('podTemplate', () => {
  it('is neither root nor writable nor privileged, and has no token', () => {
    const { spec } = podTemplate(podWish(), podSettings());
    expect(spec).toMatchObject({
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      restartPolicy: 'Never',
      securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } },
    });
    expect(runnerOf(spec)['securityContext']).toEqual({
      allowPrivilegeEscalation: false,
      privileged: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  it('names the store by its Secret, never by value', () => {
    const { spec } = podTemplate(podWish(), podSettings());
    expect(runnerOf(spec).env).toContainEqual({
      name: 'HEADGATE_STORE',
      valueFrom: { secretKeyRef: { name: 'headgate-store', key: 'url' } },
    });
  });

  it('tells the runner the name of its Pod, which its host need not have', () => {
    const { spec } = podTemplate(podWish(), podSettings());
    expect(runnerOf(spec).env).toContainEqual({
      name: 'HEADGATE_POD',
      valueFrom: { fieldRef: { fieldPath: 'metadata.name' } },
    });
  });

  it('mounts the referenced keys, and no others', () => {
    const secrets = referencedSecrets([
      { settings: { url: '${secret:shop-db/url}', deep: [{ password: '${secret:shop-db/password}' }] } },
      { settings: { key: 'x${secret:api/key}y $${secret:not/this} ${secret:no-key} ${secret:../up} ${secret:up/..}' } },
    ]);
    expect(secrets).toEqual([
      { name: 'api', keys: ['key'] },
      { name: 'shop-db', keys: ['password', 'url'] },
    ]);
    const { spec } = podTemplate(podWish({ secrets }), podSettings());
    expect(spec['volumes']).toContainEqual({
      name: 'secrets',
      projected: {
        defaultMode: 0o440,
        sources: [
          { secret: { name: 'api', optional: true, items: [{ key: 'key', path: 'api/key' }] } },
          {
            secret: {
              name: 'shop-db',
              optional: true,
              items: [
                { key: 'password', path: 'shop-db/password' },
                { key: 'url', path: 'shop-db/url' },
              ],
            },
          },
        ],
      },
    });
  });

  it('tells runs of the bucket for their outputs, and nobody else; the credentials come by reference', () => {
    const outputsS3 = { url: 's3://data?region=x', secret: 'bucket' };
    const of = (wish: PodWish, settings: Partial<PodSettings>): readonly Json[] =>
      runnerOf(podTemplate(wish, podSettings(settings)).spec).env.filter((variable) =>
        String(variable['name']).startsWith('HEADGATE_OUTPUTS'),
      );
    const from = (key: string): Json => ({ secretKeyRef: { name: 'bucket', key, optional: true } });
    expect(of(podWish(), { outputsS3 })).toEqual([
      { name: 'HEADGATE_OUTPUTS_S3', value: outputsS3.url },
      { name: 'HEADGATE_OUTPUTS_S3_SECRET', value: 'bucket' },
      { name: 'HEADGATE_OUTPUTS_S3_ACCESS_KEY_ID', valueFrom: from('access-key-id') },
      { name: 'HEADGATE_OUTPUTS_S3_SECRET_ACCESS_KEY', valueFrom: from('secret-access-key') },
      { name: 'HEADGATE_OUTPUTS_S3_SESSION_TOKEN', valueFrom: from('session-token') },
    ]);
    expect(of(podWish(), { outputsS3: { url: outputsS3.url } })).toHaveLength(1);
    for (const place of [outputsS3, { url: outputsS3.url }]) {
      const { env } = runnerOf(podTemplate(podWish(), podSettings({ outputsS3: place })).spec);
      expect(env).toContainEqual({ name: 'AWS_CONFIG_FILE', value: '/dev/null' });
      expect(env).toContainEqual({ name: 'AWS_SHARED_CREDENTIALS_FILE', value: '/dev/null' });
    }
    for (const component of ['stream', 'check'] as const) expect(of(podWish({ component }), { outputsS3 })).toEqual([]);
    const secrets = [{ name: 'bucket', keys: ['access-key-id'] }];
    expect(() => podTemplate(podWish({ secrets }), podSettings({ outputsS3 }))).toThrow(/Headgate's own/);
  });

  it('gives nobody the address of the store by a reference', () => {
    const secrets = [{ name: 'headgate-store', keys: ['url'] }];
    for (const allowPodTemplate of ['safe', 'any'] as const)
      expect(() => podTemplate(podWish({ secrets }), podSettings({ allowPodTemplate }))).toThrow(/Headgate's own/);
  });

  it('leaves out what is usual where the pipeline says something of it', () => {
    const usual = { requests: { cpu: '100m', memory: '512Mi' }, limits: { memory: '1Gi' } };
    const wish = podWish({ resources: { limits: { memory: '256Mi' } } });
    const { spec } = podTemplate(wish, podSettings({ resources: usual }));
    expect(runnerOf(spec)['resources']).toEqual({ requests: { cpu: '100m' }, limits: { memory: '256Mi' } });
  });

  it('keeps its labels and its nodes, whatever the author says', () => {
    const podTemplate_ = { metadata: { labels: { team: 'a' } }, spec: { nodeSelector: { pool: 'x', disk: 'ssd' } } };
    const { metadata, spec } = podTemplate(
      podWish({ podTemplate: podTemplate_ }),
      podSettings({ nodeSelector: { pool: 'pipelines' } }),
    );
    expect(metadata.labels).toMatchObject({
      team: 'a',
      'app.kubernetes.io/component': 'run',
      'headgate.dev/run-id': 'r',
    });
    expect(spec['nodeSelector']).toEqual({ pool: 'pipelines', disk: 'ssd' });
  });
});

const runner = (more: Json): Json => ({ spec: { containers: [{ name: 'runner', ...more }] } });
const volume = (more: Json): Json => ({ spec: { volumes: [{ name: 'v', ...more }] } });
const env = (more: Json): Json => runner({ env: [{ name: 'A', ...more }] });
const AT = '/spec/runner/podTemplate';

describe('what authors may not set', () => {
  test.each<[string, Json, string]>([
    ['host path', volume({ hostPath: { path: '/' } }), `${AT}/spec/volumes/0/hostPath`],
    ['a driver that brings secrets', volume({ csi: { driver: 'x' } }), `${AT}/spec/volumes/0/csi`],
    ['host network', { spec: { hostNetwork: true } }, `${AT}/spec/hostNetwork`],
    ['host processes', { spec: { hostPID: true } }, `${AT}/spec/hostPID`],
    ['a service account', { spec: { serviceAccountName: 'admin' } }, `${AT}/spec/serviceAccountName`],
    ['its old name', { spec: { serviceAccount: 'admin' } }, `${AT}/spec/serviceAccount`],
    ['a token', { spec: { automountServiceAccountToken: true } }, `${AT}/spec/automountServiceAccountToken`],
    ['no security at all', { spec: { securityContext: null } }, `${AT}/spec/securityContext`],
    ['root', { spec: { securityContext: { runAsUser: 0 } } }, `${AT}/spec/securityContext/runAsUser`],
    [
      'groups of the node',
      { spec: { securityContext: { supplementalGroups: [0] } } },
      `${AT}/spec/securityContext/supplementalGroups`,
    ],
    [
      'no seccomp',
      { spec: { securityContext: { seccompProfile: { type: 'Unconfined' } } } },
      `${AT}/spec/securityContext/seccompProfile/type`,
    ],
    ['sysctls', { spec: { securityContext: { sysctls: [] } } }, `${AT}/spec/securityContext/sysctls`],
    ['privilege', runner({ securityContext: { privileged: true } }), `${AT}/spec/containers/0/securityContext`],
    ['another image', runner({ image: 'evil' }), `${AT}/spec/containers/0/image`],
    ['another command', runner({ command: ['sh'] }), `${AT}/spec/containers/0/command`],
    ['a hook', runner({ lifecycle: {} }), `${AT}/spec/containers/0/lifecycle`],
    ['all of a Secret', runner({ envFrom: [{ secretRef: { name: 'x' } }] }), `${AT}/spec/containers/0/envFrom`],
    ['a second container', { spec: { containers: [{ name: 'side', image: 'x' }] } }, `${AT}/spec/containers/0/name`],
    ['an init container', { spec: { initContainers: [{ name: 'x' }] } }, `${AT}/spec/initContainers`],
    ['an ephemeral container', { spec: { ephemeralContainers: [] } }, `${AT}/spec/ephemeralContainers`],
    [
      'a Secret in a variable',
      env({ valueFrom: { secretKeyRef: { name: 'other', key: 'k' } } }),
      `${AT}/spec/containers/0/env/0/valueFrom/secretKeyRef`,
    ],
    ['the store in a variable', env({ value: 'x$(HEADGATE_STORE)' }), `${AT}/spec/containers/0/env/0/value`],
    [
      'another key of a Secret',
      env({ valueFrom: { secretKeyRef: { name: 'mine', key: 'b' } } }),
      `${AT}/spec/containers/0/env/0/valueFrom/secretKeyRef`,
    ],
    [
      'options of Node',
      env({ name: 'NODE_OPTIONS', value: '--require /mnt/x.js' }),
      `${AT}/spec/containers/0/env/0/name`,
    ],
    ['a library', env({ name: 'LD_PRELOAD', value: '/mnt/x.so' }), `${AT}/spec/containers/0/env/0/name`],
    ...['AWS_CONFIG_FILE', 'AWS_ENDPOINT_URL_STS', 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE', 'AWS_ACCESS_KEY'].map(
      (name): [string, Json, string] => [
        `how outputs are uploaded: ${name}`,
        env({ name, value: '/mnt/x' }),
        `${AT}/spec/containers/0/env/0/name`,
      ],
    ),
    ['its task', env({ name: 'HEADGATE_ASSIGNMENT', value: 'run/other/1' }), `${AT}/spec/containers/0/env/0/name`],
    ['a whole Secret as volume', volume({ secret: { secretName: 'mine' } }), `${AT}/spec/volumes/0/secret`],
    [
      'a Secret of others as volume',
      volume({ secret: { secretName: 'x', items: [{ key: 'a' }] } }),
      `${AT}/spec/volumes/0/secret/items/0`,
    ],
    [
      'a Secret under two names',
      volume({ secret: { name: 'mine', secretName: 'x', items: [{ key: 'a' }] } }),
      `${AT}/spec/volumes/0/secret/items/0`,
    ],
    [
      'a projected Secret of others',
      volume({ projected: { sources: [{ secret: { name: 'x', items: [{ key: 'a' }] } }] } }),
      `${AT}/spec/volumes/0/projected/sources/0/secret/items/0`,
    ],
    [
      'a projected token',
      volume({ projected: { sources: [{ serviceAccountToken: {} }] } }),
      `${AT}/spec/volumes/0/projected/sources/0/serviceAccountToken`,
    ],
    ['a volume of ours', volume({ name: 'data', emptyDir: {} }), `${AT}/spec/volumes/0/name`],
    [
      'a mount over the code',
      runner({ volumeMounts: [{ name: 'v', mountPath: '/app' }] }),
      `${AT}/spec/containers/0/volumeMounts/0/mountPath`,
    ],
    [
      'a mount by detour',
      runner({ volumeMounts: [{ name: 'v', mountPath: '/mnt/../app' }] }),
      `${AT}/spec/containers/0/volumeMounts/0/mountPath`,
    ],
    [
      'a label of ours',
      { metadata: { labels: { 'headgate.dev/run-id': 'x' } } },
      `${AT}/metadata/labels/headgate.dev~1run-id`,
    ],
    ['the label of another Job', { metadata: { labels: { 'job-name': 'x' } } }, `${AT}/metadata/labels/job-name`],
    [
      'AppArmor by annotation',
      { metadata: { annotations: { 'container.apparmor.security.beta.kubernetes.io/runner': 'unconfined' } } },
      `${AT}/metadata/annotations/container.apparmor.security.beta.kubernetes.io~1runner`,
    ],
    [
      'a priority of the system',
      { spec: { priorityClassName: 'system-node-critical' } },
      `${AT}/spec/priorityClassName`,
    ],
    ['a node by name', { spec: { nodeName: 'control-plane' } }, `${AT}/spec/nodeName`],
    ['what nobody knows yet', { spec: { hostSomething: true } }, `${AT}/spec/hostSomething`],
    ['no map', { spec: { containers: 'runner' } }, `${AT}/spec/containers`],
  ])('%s', (_, author, pointer) => {
    const wish = podWish({ podTemplate: author, secrets: [{ name: 'mine', keys: ['a'] }] });
    let error: unknown;
    try {
      podTemplate(wish, podSettings());
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(HeadgateError);
    expect(error).toMatchObject({ code: 'pod_refused', at: pointer });
    expect(() => podTemplate(wish, podSettings({ allowPodTemplate: 'any' }))).not.toThrow();
  });
});

test('what authors may set', () => {
  const author: Json = {
    metadata: {
      labels: { team: 'a', 'app.kubernetes.io/part-of': 'shop' },
      annotations: { 'sidecar.istio.io/inject': 'false' },
    },
    spec: {
      nodeSelector: { 'kubernetes.io/arch': 'amd64' },
      tolerations: [{ key: 'batch', operator: 'Exists' }],
      affinity: { nodeAffinity: {} },
      priorityClassName: 'low',
      securityContext: { runAsUser: 1000, fsGroup: 1000 },
      volumes: [
        { name: 'input', persistentVolumeClaim: { claimName: 'input' } },
        { name: 'key', secret: { secretName: 'mine', items: [{ key: 'a', path: 'a' }] } },
      ],
      containers: [
        {
          name: 'runner',
          env: [
            { name: 'HTTPS_PROXY', value: 'http://proxy:3128' },
            { name: 'HEADGATE_VAR_X', value: '1' },
          ],
          volumeMounts: [{ name: 'input', mountPath: '/mnt/input', readOnly: true }],
          resources: { limits: { 'nvidia.com/gpu': 1 } },
        },
      ],
    },
  };
  const wish = podWish({ podTemplate: author, secrets: [{ name: 'mine', keys: ['a'] }] });
  const { spec } = podTemplate(wish, podSettings({ tolerations: [{ key: 'pipelines' }] }));
  expect(spec['tolerations']).toEqual([{ key: 'pipelines' }, { key: 'batch', operator: 'Exists' }]);
  expect(runnerOf(spec).env.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['HEADGATE_STORE', 'HTTPS_PROXY', 'HEADGATE_VAR_X']),
  );
  expect(runnerOf(spec)['image']).toBe('headgate:1');
});

test.each<[string, Json, Json, Json]>([
  ['maps field by field', { a: { b: 1, c: 2 } }, { a: { c: 3, d: 4 } }, { a: { b: 1, c: 3, d: 4 } }],
  ['null takes away', { a: 1, b: 2 }, { a: null }, { b: 2 }],
  [
    'a variable as a whole',
    { env: [{ name: 'a', value: '1' }] },
    { env: [{ name: 'a', valueFrom: {} }] },
    { env: [{ name: 'a', valueFrom: {} }] },
  ],
  [
    'containers by name',
    { containers: [{ name: 'r', image: 'x' }] },
    { containers: [{ name: 'r', tty: true }, { name: 's' }] },
    { containers: [{ name: 'r', image: 'x', tty: true }, { name: 's' }] },
  ],
  [
    'tolerations are added',
    { tolerations: [{ key: 'a' }] },
    { tolerations: [{ key: 'a' }] },
    { tolerations: [{ key: 'a' }, { key: 'a' }] },
  ],
  ['other lists are replaced', { args: ['a'] }, { args: ['b'] }, { args: ['b'] }],
])('merge: %s', (_, base, over, merged) => {
  expect(mergeTemplate(base, over)).toEqual(merged);
});

test.each([
  ['256Mi', 128],
  ['512Mi', 256],
  ['1Gi', 768],
  ['4Gi', 3072],
])('of %s the engine may hold %i MiB', (memory, mib) => {
  const template = podTemplate(podWish({ resources: { limits: { memory } } }), podSettings());
  expect(engineMemory(template)).toBe(mib * 2 ** 20);
});

test('without a limit the engine has its own', () => {
  expect(engineMemory(podTemplate(podWish(), podSettings()))).toBeUndefined();
});
