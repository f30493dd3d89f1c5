/** Every value of the chart: values.yaml, values.schema.json and the table of its README are made from this. */
import { Type, type TSchema } from 'typebox';
import { NAME_PATTERN } from '../../../crds/common.ts';
import { choice, count, flag, kubernetes, kubernetesList, names, objectName } from './kinds-of-values.ts';
import { quantity, resources, section, strings, text } from './kinds-of-values.ts';

const PULL = ['IfNotPresent', 'Always', 'Never'] as const;
const CLUSTER_IP = { pattern: '^(([0-9]{1,3}\\.){3}[0-9]{1,3}|[0-9a-f:]+:[0-9a-f:]*)?$' };

const image = section('The image of Headgate: controller, API and runners. Build it from the Dockerfile.', {
  repository: text('Registry and name.', 'headgate', { minLength: 1 }),
  tag: text('The version of the chart when empty. `latest` is refused: runs could not tell what ran.', '', {
    not: { const: 'latest' },
  }),
  digest: text('`sha256:…`; goes before the tag.', '', { pattern: '^(sha256:[0-9a-f]{64})?$' }),
  pullPolicy: choice('When nodes fetch it.', PULL),
  pullSecrets: names('Secrets of the registry, in the namespace of the release and in those of pipelines.'),
});

const pod = section('What the Pods of controller and API have in common.', {
  annotations: strings('More annotations.'),
  labels: strings('More labels; the labels of the selectors stay.'),
  nodeSelector: strings('Nodes that they may run on.'),
  tolerations: kubernetesList('Taints that they bear.'),
  affinity: kubernetes('Where they would rather run.'),
  spread: flag('Spread the replicas over nodes and zones, as far as that is possible.', true),
  topologySpreadConstraints: kubernetesList(
    'Used instead of what `spread` gives; without `labelSelector` that of the Deployment.',
  ),
  priorityClassName: objectName('How important they are when a node is full.'),
  hostAliases: kubernetesList('More lines of /etc/hosts, for clusters without DNS.'),
  extraEnv: kubernetesList('More environment variables, such as those that `${env:NAME}` refers to.'),
  extraEnvFrom: kubernetesList('More sources of environment variables.'),
  extraVolumes: kubernetesList('More volumes.'),
  extraVolumeMounts: kubernetesList('Where those are mounted.'),
  terminationGracePeriodSeconds: count(
    'How long a Pod may take to end: runs are handed over, requests finished.',
    60,
    10,
    3600,
  ),
});

const store = section(
  'The store that controller, API and runners share: Redis 6.2 or newer, with `appendonly yes` and `appendfsync always`.',
  {
    existingSecret: objectName(
      'Secret with the URL, such as `redis://user:password@host:6379`. Needed when `redis.enabled` is false.',
    ),
    key: text('The key in that Secret.', 'url', { minLength: 1 }),
  },
);

const redis = section(
  'A Redis that comes with the chart: one Pod with a volume. For evaluation and small installations; it is not highly available.',
  {
    enabled: flag('Install it. Otherwise set `store.existingSecret`.', true),
    image: section('Its image.', {
      repository: text('Registry and name.', 'docker.io/library/redis', { minLength: 1 }),
      tag: text('Version.', '7.4-bookworm', { minLength: 1, not: { const: 'latest' } }),
      pullPolicy: choice('When nodes fetch it.', PULL),
    }),
    existingSecret: objectName(
      'Secret with the keys `password` and `url`; one is made, and kept over upgrades, when empty.',
    ),
    clusterIP: text('Fixed address of its Service, used in the URL as well: for clusters without DNS.', '', CLUSTER_IP),
    maxMemory: text('When it takes no more events; three quarters of the limit of memory.', '768mb', {
      pattern: '^[1-9][0-9]*(kb|mb|gb)$',
    }),
    resources: resources('Requests and limits. Events that wait are held in memory.', {
      requests: { cpu: '100m', memory: '256Mi' },
      limits: { memory: '1Gi' },
    }),
    storage: section('Its volume.', {
      enabled: flag('Keep the data on one. Without it everything but the resources is lost with the Pod.', true),
      size: quantity('Three times the memory, so that the log can be rewritten.', '4Gi'),
      className: objectName('Storage class; the one of the cluster when empty.'),
    }),
  },
);

const auth = section('Access to the API.', {
  serviceAccountTokens: flag(
    'Accept tokens of service accounts as well (TokenReview, SubjectAccessReview); needs a ClusterRole with these two.',
    false,
  ),
  existingSecret: objectName(
    'Secret with the keys `admin-token` (24 characters or more) and `secret-key` (32 bytes in base64); one is made, and kept over upgrades and the end of the release, when empty.',
  ),
});

const runner = section('The Pods of runs, streams and checks, in the namespaces of their pipelines.', {
  podTemplate: choice(
    'What authors may put into `spec.runner.podTemplate`: what cannot harm others, or whatever the API server takes.',
    ['safe', 'any'],
  ),
  storeSecret: text(
    '`name/key` of a Secret with the URL of the store that is in each of these namespaces; the controller writes one when empty.',
    '',
    { pattern: '^([a-z0-9][-a-z0-9.]*/[-._a-zA-Z0-9]+)?$' },
  ),
  serviceAccountName: objectName('Their service account, whose token is not mounted; `default` when empty.'),
  resources: resources(
    'Requests and limits where a pipeline names none. The engine gets three quarters of the memory.',
    {
      requests: { cpu: '250m', memory: '512Mi' },
      limits: { memory: '2Gi' },
    },
  ),
  dataSize: quantity('What a run may spill to the disk of its node.', '10Gi'),
  tmpSize: quantity('Size of /tmp.', '1Gi'),
  annotations: strings('Annotations.'),
  nodeSelector: strings('Nodes that they are kept to.'),
  tolerations: kubernetesList('Taints that they bear.'),
  affinity: kubernetes('Where they would rather run.'),
  priorityClassName: objectName('How important they are when a node is full.'),
});

const service = section('The Service of the API.', {
  type: choice('How it can be reached.', ['ClusterIP', 'NodePort', 'LoadBalancer']),
  port: count('Its port.', 8080, 1, 65_535),
  clusterIP: text('A fixed address.', '', CLUSTER_IP),
  annotations: strings('Annotations.'),
});

const ingress = section('An Ingress to the API. Webhooks and events come this way.', {
  enabled: flag('Make one.', false),
  className: objectName('Ingress class.'),
  host: text('Host name; any when empty.', ''),
  path: text('Path prefix.', '/', { pattern: '^/' }),
  tlsSecret: objectName('Secret with the certificate; no TLS when empty.'),
  annotations: strings('Annotations.'),
});

const networkPolicy = section('Who may talk to whom; needs a network that enforces it.', {
  enabled: flag('Make policies for controller, API, Redis and runners.', true),
  ingressFrom: kubernetesList('Who may reach the API; anybody when empty.'),
  egress: kubernetesList('Rules of egress that are used instead of `egressPorts`.'),
  egressPorts: Type.Array(Type.Integer({ minimum: 1, maximum: 65_535 }), {
    description: 'Ports that controller and API may reach anywhere: API server, Git over https and ssh, Redis.',
    default: [443, 6443, 22, 6379],
    uniqueItems: true,
  }),
  runners: flag(
    'Let nothing in to runners. In the namespaces of `watchNamespaces`, else in that of the release only.',
    true,
  ),
});

const outputs = section(
  'A volume that all runners share: relative paths of pipelines, and the results of runs. Without it both end with the Pod.',
  {
    s3: section('A bucket for the results of runs, with or without the volume.', {
      url: text(
        '`s3://bucket/prefix?region=eu-central-1`, or `s3://bucket/prefix?endpoint=https://host:port` for other storage than Amazon S3; none when empty.',
        '',
        { pattern: '^(s3://.+)?$' },
      ),
      existingSecret: objectName(
        'Secret with the keys `access-key-id` and `secret-access-key`, in the namespace of the release and in those of pipelines; the roles of the service accounts when empty.',
      ),
    }),
    enabled: flag('Use one.', false),
    existingClaim: objectName('A claim that is there; one is made when empty.'),
    className: objectName('Storage class of the claim; the one of the cluster when empty.'),
    size: quantity('Size of the claim.', '10Gi'),
  },
);

const repository = section('The first Repository, declared at the start. More of them: `kubectl apply`.', {
  url: text('Git URL; none is declared when empty.', ''),
  branch: text('The branch to follow.', 'HEAD', { minLength: 1 }),
  path: text('The folder that holds the resources.', '.', { minLength: 1 }),
  writeBack: choice('What a change through the API becomes in it.', ['deny', 'commit', 'pull-request']),
});

const replicas = (what: string, memory: string): TSchema =>
  section(what, {
    replicas: count('How many.', 2, 1, 50),
    resources: resources('Requests and limits.', {
      requests: { cpu: '100m', memory },
      limits: { memory: '1Gi' },
    }),
  });

/** The schema of all values. */
export const CHART_VALUES = Type.Object(
  {
    global: Type.Optional(Type.Object({}, { additionalProperties: true })),
    nameOverride: objectName('Used in names instead of `headgate`.'),
    fullnameOverride: objectName('Used instead of release and name.'),
    image,
    environment: text('The environment that this installation serves.', 'production', {
      pattern: NAME_PATTERN,
      maxLength: 63,
    }),
    mode: choice(
      '`combined`: every replica is controller and API, one of them leads. `split`: a Deployment for each.',
      ['combined', 'split'],
    ),
    watchNamespaces: names('Namespaces that are served, with a Role in each. All when empty, with a ClusterRole.'),
    controller: replicas(
      'The Deployment of the controller; with `mode: combined` of the API as well. One replica leads, the others wait.',
      '256Mi',
    ),
    api: replicas('The Deployment of the API, with `mode: split`.', '256Mi'),
    maxRuns: count('Runs at the same time.', 20, 1, 10_000),
    logLevel: choice('What is logged.', ['info', 'debug', 'warn', 'error']),
    extraArgs: Type.Array(Type.String(), { description: 'More options of `headgate serve`.', default: [] }),
    pod,
    runner,
    store,
    redis,
    auth,
    repository,
    outputs,
    service,
    ingress,
    serviceAccount: section('The accounts that controller and API use.', {
      create: flag('Make them. Otherwise `name` is used for both.', true),
      name: objectName('Name; that of the release when empty.'),
      annotations: strings('Annotations, such as those of workload identity.'),
    }),
    rbac: section('Rights (rbac.yaml tells which, and what for).', { create: flag('Make roles and bindings.', true) }),
    crds: section('The definitions of the resources.', {
      install: flag('Install and upgrade them with the release.', true),
      keep: flag('Keep them, and with them every Pipeline, when the release is uninstalled.', true),
    }),
    networkPolicy,
    podDisruptionBudget: section('Keeps replicas through drains of nodes, where there are two or more.', {
      enabled: flag('Make one.', true),
      maxUnavailable: count('How many may be away at the same time.', 1, 1, 49),
    }),
    metrics: section('Figures for Prometheus, at /metrics.', {
      serviceMonitor: section('For the Prometheus operator; left out where its kind is not served.', {
        enabled: flag('Make one.', false),
        interval: text('How often.', '30s', { pattern: '^[0-9]+(ms|s|m)$' }),
        labels: strings('Labels that the operator selects by.'),
      }),
    }),
  },
  { additionalProperties: false },
);
