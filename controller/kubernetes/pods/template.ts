import { HeadgateError } from '../../../foundation/errors.ts';
import { S3_CREDENTIAL_VARIABLES } from '../../../store/objects/credentials.ts';
import { childLabels } from '../names.ts';
import { checkTemplate } from './check-template.ts';
import { isMap, mergeTemplate } from './merge.ts';
import type { Json, PodSettings, PodTemplate, PodWish, ReferencedSecret } from './types.ts';

/** The container that runs the runner: what authors name to change it. */
export const RUNNER_CONTAINER = 'runner';
/** Where the runner keeps its files. */
export const DATA_PATH = '/data';
/** Where runs leave what is to outlive their Pods, if the installation shares a volume. */
const OUTPUTS_PATH = '/outputs';
/** Below it each Secret that the pipeline refers to, as `<name>/<key>`. */
export const SECRETS_PATH = '/run/headgate/secrets';

/**
 * The Pod of a runner: not root, nothing of the image writable, no privilege, no token of a service account, and of all
 * Secrets only the keys that its pipeline refers to. What the author adds is merged over it. Throws `pod_refused` with the
 * JSON pointer of what the author may not set.
 */
export function podTemplate(wish: PodWish, settings: PodSettings): PodTemplate {
  const { podTemplate: author, secrets } = wish;
  refuseOwnSecrets(secrets, settings);
  const safe = settings.allowPodTemplate === 'safe';
  if (safe) checkTemplate(author, secrets);
  const merged = mergeTemplate(ours(wish, settings), author);
  const { labels, ...metadata } = merged['metadata'] as PodTemplate['metadata'];
  const { nodeSelector, ...spec } = merged['spec'] as Json;
  // Nodes that pipelines are kept to are not theirs to leave.
  const nodes = safe ? { ...(nodeSelector as Json | undefined), ...settings.nodeSelector } : nodeSelector;
  const { restartPolicy } = wish;
  // What the controller finds its Pods by, and what their owner needs, is not up for change.
  return {
    metadata: { ...metadata, labels: { ...labels, ...ownLabels(wish, settings) } },
    spec: { ...spec, ...(nodes === undefined ? {} : { nodeSelector: nodes }), restartPolicy },
  };
}

/** Whoever has the address of the store, or the credentials of the bucket, can read and write what is in it for all. */
function refuseOwnSecrets(secrets: readonly ReferencedSecret[], { storeSecret, outputsS3 }: PodSettings): void {
  const own = [storeSecret.name, outputsS3?.secret];
  const referred = secrets.find(({ name }) => own.includes(name));
  if (referred === undefined) return;
  throw new HeadgateError('pod_refused', `the pipeline refers to Secret ${referred.name}, which is Headgate's own`, {
    hint: 'refer to another Secret',
  });
}

function ownLabels({ component, labels }: PodWish, { environment }: PodSettings): Readonly<Record<string, string>> {
  return { ...childLabels(environment, component), ...labels };
}

function ours(wish: PodWish, settings: PodSettings): Json {
  const { secrets } = wish;
  const { user, imagePullSecrets, serviceAccount, annotations, outputsVolume } = settings;
  return {
    metadata: { labels: {}, ...(annotations === undefined ? {} : { annotations }) },
    spec: {
      terminationGracePeriodSeconds: graceOf(wish),
      automountServiceAccountToken: false,
      // The addresses of all Services of the namespace are nothing for a pipeline to know.
      enableServiceLinks: false,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: user,
        runAsGroup: user,
        fsGroup: user,
        // A large shared volume is not gone through for each run.
        fsGroupChangePolicy: 'OnRootMismatch',
        seccompProfile: { type: 'RuntimeDefault' },
      },
      ...(serviceAccount === undefined ? {} : { serviceAccountName: serviceAccount }),
      ...(imagePullSecrets === undefined ? {} : { imagePullSecrets: imagePullSecrets.map((name) => ({ name })) }),
      ...placement(settings),
      containers: [container(wish, settings)],
      volumes: [
        { name: 'data', ...settings.dataVolume },
        { name: 'tmp', emptyDir: { sizeLimit: settings.tmpSize } },
        ...(secrets.length === 0 ? [] : [secretsVolume(secrets)]),
        ...(outputsVolume === undefined ? [] : [{ name: 'outputs', ...outputsVolume }]),
      ],
    },
  };
}

function placement({ nodeSelector, tolerations, affinity, priorityClassName }: PodSettings): Json {
  return {
    ...(nodeSelector === undefined ? {} : { nodeSelector }),
    ...(tolerations === undefined ? {} : { tolerations }),
    ...(affinity === undefined ? {} : { affinity }),
    ...(priorityClassName === undefined ? {} : { priorityClassName }),
  };
}

function container(wish: PodWish, settings: PodSettings): Json {
  const { assignment, secrets, resources } = wish;
  const { image, imagePullPolicy, storeSecret, logLevel, outputsVolume } = settings;
  return {
    name: RUNNER_CONTAINER,
    image,
    ...(imagePullPolicy === undefined ? {} : { imagePullPolicy }),
    command: ['node', 'runner/pod.ts'],
    workingDir: '/app',
    env: [
      { name: 'HEADGATE_STORE', valueFrom: { secretKeyRef: storeSecret } },
      { name: 'HEADGATE_ASSIGNMENT', value: assignment },
      // The name of the host is another one where the author says so; two Pods of one name would share a lease.
      { name: 'HEADGATE_POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      { name: 'HEADGATE_DATA', value: DATA_PATH },
      { name: 'HEADGATE_SECRETS', value: SECRETS_PATH },
      { name: 'HEADGATE_GRACE', value: String(graceOf(wish)) },
      ...(outputsVolume === undefined ? [] : [{ name: 'HEADGATE_OUTPUTS', value: OUTPUTS_PATH }]),
      ...(wish.component === 'run' ? outputsS3Variables(settings) : []),
      ...(logLevel === undefined ? [] : [{ name: 'HEADGATE_LOG_LEVEL', value: logLevel }]),
    ],
    resources: resourcesOf(resources, settings.resources),
    securityContext: {
      allowPrivilegeEscalation: false,
      privileged: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    // What the process last said, where the log of the Pod is the only witness.
    terminationMessagePolicy: 'FallbackToLogsOnError',
    volumeMounts: [
      { name: 'data', mountPath: DATA_PATH },
      { name: 'tmp', mountPath: '/tmp' },
      ...(secrets.length === 0 ? [] : [{ name: 'secrets', mountPath: SECRETS_PATH, readOnly: true }]),
      ...(outputsVolume === undefined ? [] : [{ name: 'outputs', mountPath: OUTPUTS_PATH }]),
    ],
  };
}

/** Where Amazon's library looks for settings and credentials. */
const NO_FILES = ['AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE'] as const;

/** A Secret that is missing keeps no run from its work: the runner says so when it comes to the output. */
function outputsS3Variables({ outputsS3 }: PodSettings): readonly Json[] {
  if (outputsS3 === undefined) return [];
  const { url, secret } = outputsS3;
  const location = { name: 'HEADGATE_OUTPUTS_S3', value: url };
  // Files in a home of the author's choice could name a program to ask for credentials, or another server to send all to.
  const noFiles = NO_FILES.map((name) => ({ name, value: '/dev/null' }));
  if (secret === undefined) return [location, ...noFiles];
  const from = (name: string, key: string): Json => ({
    name,
    valueFrom: { secretKeyRef: { name: secret, key, optional: true } },
  });
  return [
    location,
    ...noFiles,
    { name: 'HEADGATE_OUTPUTS_S3_SECRET', value: secret },
    from(S3_CREDENTIAL_VARIABLES.accessKeyId, 'access-key-id'),
    from(S3_CREDENTIAL_VARIABLES.secretAccessKey, 'secret-access-key'),
    from(S3_CREDENTIAL_VARIABLES.sessionToken, 'session-token'),
  ];
}

/** The runner has to know it too: it ends by itself before it is ended. */
function graceOf({ podTemplate: { spec }, graceSeconds }: PodWish): number {
  const asked = isMap(spec) ? spec['terminationGracePeriodSeconds'] : undefined;
  return typeof asked === 'number' && Number.isInteger(asked) && asked > 0 ? asked : graceSeconds;
}

/** Of what the author bounds or reserves, ours says nothing more: a request above its limit would be refused. */
function resourcesOf({ requests = {}, limits = {} }: PodWish['resources'], usual: PodSettings['resources']): Json {
  const left = (of: Json = {}): Json =>
    Object.fromEntries(Object.entries(of).filter(([name]) => !(name in requests) && !(name in limits)));
  return { requests: { ...left(usual.requests), ...requests }, limits: { ...left(usual.limits), ...limits } };
}

/** A Secret that is missing keeps no Pod from starting: the runner says which one, and where it is referred to. */
function secretsVolume(secrets: readonly ReferencedSecret[]): Json {
  const sources = secrets.map(({ name, keys }) => ({
    secret: { name, optional: true, items: keys.map((key) => ({ key, path: `${name}/${key}` })) },
  }));
  return { name: 'secrets', projected: { defaultMode: 0o440, sources } };
}
