/** For tests: every value of the chart with another one than its default, made from the schema. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHART, type Values } from './render.ts';

interface Schema {
  readonly type?: string | readonly string[];
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
}

/** One value of values.yaml by its path, with its default. */
interface Leaf {
  readonly path: string;
  readonly schema: Schema;
}

export interface ChangedValue {
  readonly path: string;
  /** What must be set for the value to matter. */
  readonly base: Values;
  /** The same with the value changed. */
  readonly values: Values;
  /** Groups and kinds that must be served for it to matter. */
  readonly apiVersions: readonly string[];
}

const POD = {
  'pod.topologySpreadConstraints': [{ maxSkew: 2, topologyKey: 'rack', whenUnsatisfiable: 'DoNotSchedule' }],
};

/** Values whose form the schema does not tell. */
const CHANGED: Readonly<Record<string, unknown>> = {
  ...POD,
  'image.digest': `sha256:${'a'.repeat(64)}`,
  'pod.tolerations': [{ key: 'data', operator: 'Exists' }],
  'pod.affinity': { nodeAffinity: {} },
  'pod.hostAliases': [{ ip: '10.0.0.1', hostnames: ['git.internal'] }],
  'pod.extraEnv': [{ name: 'REGION', value: 'eu' }],
  'pod.extraEnvFrom': [{ secretRef: { name: 'more' } }],
  'pod.extraVolumes': [{ name: 'ca', configMap: { name: 'ca' } }],
  'pod.extraVolumeMounts': [{ name: 'tmp', mountPath: '/ca' }],
  'networkPolicy.ingressFrom': [{ namespaceSelector: {} }],
  'networkPolicy.egress': [{ ports: [{ port: 8443 }] }],
  'networkPolicy.egressPorts': [8443],
  extraArgs: ['--token-events=5'],
  'redis.clusterIP': '10.96.0.50',
  'service.clusterIP': '10.96.0.51',
  'redis.maxMemory': '1gb',
  'outputs.s3.url': 's3://data/headgate?region=eu-central-1',
  'runner.storeSecret': 'redis-of-shop/url',
  'runner.tolerations': [{ key: 'data', operator: 'Exists' }],
  'runner.affinity': { nodeAffinity: {} },
  'metrics.serviceMonitor.interval': '10s',
  'ingress.path': '/headgate',
  'repository.path': 'pipelines',
};

/** What must be set for the values below a path to matter. */
const NEEDS: readonly (readonly [RegExp, Values])[] = [
  [/^api\./, { mode: 'split' }],
  [/^store\./, { store: { existingSecret: 'mine' }, redis: { enabled: false } }],
  [/^repository\.(?!url)/, { repository: { url: 'https://git.example.com/x.git' } }],
  [/^outputs\.s3\./, { outputs: { s3: { url: 's3://data?region=us-east-1' } } }],
  [/^outputs\.(?!enabled)/, { outputs: { enabled: true } }],
  [/^ingress\.(?!enabled)/, { ingress: { enabled: true } }],
  [/^metrics\.serviceMonitor\.(?!enabled)/, { metrics: { serviceMonitor: { enabled: true } } }],
];

/** Each value, but what Helm gives to sub-charts, and the switch that another value has to go with. */
export function changedValues(): ChangedValue[] {
  const schema = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8')) as Schema;
  return leaves(schema, '')
    .filter(({ path }) => path !== 'global' && path !== 'redis.enabled')
    .map(({ path, schema }) => {
      const base = NEEDS.find(([pattern]) => pattern.test(path))?.[1] ?? {};
      const values = withValue(base, path.split('.'), changed(path, schema));
      const apiVersions = path.startsWith('metrics.') ? ['monitoring.coreos.com/v1/ServiceMonitor'] : [];
      return { path, base, values, apiVersions };
    });
}

function leaves(schema: Schema, path: string): Leaf[] {
  if (schema.properties === undefined || schema.default !== undefined) return [{ path, schema }];
  const inner = Object.entries(schema.properties);
  if (inner.length === 0) return [{ path, schema }];
  return inner.flatMap(([name, part]) => leaves(part, path === '' ? name : `${path}.${name}`));
}

function changed(path: string, schema: Schema): unknown {
  if (path in CHANGED) return CHANGED[path];
  if (schema.enum !== undefined) return schema.enum.find((value) => value !== schema.default);
  if (schema.type === 'boolean') return !(schema.default as boolean);
  if (schema.type === 'integer') return (schema.default as number) + 7;
  if (schema.type === 'string') return 'other';
  if (schema.type === 'array') return ['other'];
  if (Array.isArray(schema.type)) return '7Gi';
  if (path.endsWith('.resources')) return { requests: { cpu: '77m' }, limits: { memory: '777Mi' } };
  return { 'example.com/key': 'other' };
}

function withValue(values: Values, [name, ...rest]: readonly string[], value: unknown): Values {
  const inner = (values[name!] ?? {}) as Values;
  return { ...values, [name!]: rest.length === 0 ? value : withValue(inner, rest, value) };
}
