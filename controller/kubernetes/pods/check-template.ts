/**
 * What an author may put into `spec.runner.podTemplate` where the installation allows no more than is safe. A pipeline comes by
 * pull request, and its Pod holds the address of the store: so everything that is not known to be harmless is refused, also
 * what later versions of Kubernetes bring.
 */
import { isMap } from './merge.ts';
import { anything, each, fields, namesBut, only, refuse, type Check } from './template-rules.ts';
import type { Json, ReferencedSecret } from './types.ts';

const POINTER = '/spec/runner/podTemplate';

/** Throws `pod_refused` with the JSON pointer of the first thing that is not allowed. */
export function checkTemplate(author: Json, secrets: readonly ReferencedSecret[]): void {
  TEMPLATE(author, POINTER, secrets);
}

const isId = (value: unknown): boolean => Number.isInteger(value) && (value as number) > 0;
const id: Check = (value, at) =>
  isId(value) ? undefined : refuse(at, 'must be a number above 0: runners are not root');

/** Those keys of a Secret that the pipeline refers to anyway. */
const referredKey = (name: unknown, key: unknown, secrets: readonly ReferencedSecret[]): boolean =>
  secrets.some((secret) => secret.name === name && secret.keys.includes(String(key)));

const secretItems =
  (nameField: 'name' | 'secretName'): Check =>
  (value, at, secrets) => {
    if (!isMap(value)) return refuse(at, 'is no map');
    const { items, [nameField]: name } = value;
    if (!Array.isArray(items) || items.length === 0)
      refuse(at, 'mounts a whole Secret: name `items`, each a key that the pipeline refers to as ${secret:name/key}');
    for (const [index, item] of (items as readonly Json[]).entries())
      if (!referredKey(name, item['key'], secrets))
        refuse(
          `${at}/items/${index}`,
          `is a Secret that the pipeline does not refer to as \${secret:${String(name)}/…}`,
        );
  };

const secretKey: Check = (value, at, secrets) => {
  if (!isMap(value) || !referredKey(value['name'], value['key'], secrets))
    refuse(at, 'is a Secret that the pipeline does not refer to as ${secret:name/key}');
};

const ENV_VALUE = fields({
  fieldRef: anything,
  resourceFieldRef: anything,
  configMapKeyRef: anything,
  secretKeyRef: secretKey,
});

/**
 * Variables that would change what code runs, or that tell the runner its task. Of Amazon's, those that name programs to start, files
 * to read and addresses to send their content to: outputs are uploaded with what they say.
 */
const OWN_VARIABLE =
  /^(HEADGATE_(?!VAR_).*|NODE_.*|LD_.*|PATH|OPENSSL_CONF|SSLKEYLOGFILE|BASH_ENV|GIT_.*|AWS_(?!((DEFAULT_)?REGION|ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)$).*)$/i;

const envName: Check = (value, at) =>
  OWN_VARIABLE.test(String(value)) ? refuse(at, `names ${String(value)}, which is the runner's own`) : undefined;

/** `$(NAME)` is put in by Kubernetes: it would bring the runner's own variables under other names. */
const envValue: Check = (value, at) =>
  String(value).includes('$(') ? refuse(at, 'holds $(…), which would bring in other variables') : undefined;

/** Beside the runner's own files, over which nothing may be laid. */
const mountPath: Check = (value, at) => {
  const path = String(value);
  const ok = path.startsWith('/mnt/') && !path.split('/').includes('..');
  if (!ok) refuse(at, `is ${path}: volumes of pipelines go below /mnt/`);
};

const volumeName: Check = (value, at) =>
  ['data', 'tmp', 'secrets', 'outputs'].includes(String(value))
    ? refuse(at, `is '${String(value)}', a volume of the runner`)
    : undefined;

const VOLUME = fields({
  name: volumeName,
  emptyDir: anything,
  configMap: anything,
  downwardAPI: anything,
  persistentVolumeClaim: anything,
  ephemeral: anything,
  secret: secretItems('secretName'),
  projected: fields({
    defaultMode: anything,
    sources: each(fields({ configMap: anything, downwardAPI: anything, secret: secretItems('name') })),
  }),
});

const CONTAINER = fields({
  name: only(['runner'], 'adds a container: the Pod of a runner has one, `runner`'),
  env: each(fields({ name: envName, value: envValue, valueFrom: ENV_VALUE })),
  resources: fields({ requests: anything, limits: anything }),
  volumeMounts: each(
    fields({
      name: volumeName,
      mountPath,
      readOnly: anything,
      subPath: anything,
      recursiveReadOnly: anything,
    }),
  ),
  imagePullPolicy: anything,
  terminationMessagePolicy: anything,
});

const SECURITY = fields({
  runAsUser: id,
  runAsGroup: id,
  fsGroup: id,
  fsGroupChangePolicy: anything,
  runAsNonRoot: only([true], 'must be true'),
  seccompProfile: fields({ type: only(['RuntimeDefault'], 'must be RuntimeDefault') }),
});

/** Labels that Headgate, Jobs and Deployments find their Pods by. */
const OWN_LABEL =
  /^(app\.kubernetes\.io\/(name|managed-by|component)|([-a-z0-9.]*\.)?(headgate\.dev|k8s\.io|kubernetes\.io)\/(?!part-of|version|instance).*|controller-uid|job-name|pod-template-hash)$/;

/** Annotations by which Kubernetes, or what assigns rights of a cloud, is told to loosen something. */
const OWN_ANNOTATION =
  /^(([-a-z0-9.]*\.)?(headgate\.dev|k8s\.io|kubernetes\.io)\/.*|iam\.amazonaws\.com\/.*|k8s\.v1\.cni\.cncf\.io\/.*)$/;

const TEMPLATE = fields({
  metadata: fields({
    labels: namesBut(OWN_LABEL, 'is a label that is not for pipelines to set'),
    annotations: namesBut(OWN_ANNOTATION, 'is an annotation that is not for pipelines to set'),
  }),
  spec: fields({
    containers: each(CONTAINER),
    volumes: each(VOLUME),
    securityContext: SECURITY,
    nodeSelector: anything,
    affinity: anything,
    tolerations: anything,
    topologySpreadConstraints: anything,
    priorityClassName: (value, at) =>
      String(value).startsWith('system-') ? refuse(at, 'is a priority of the cluster itself') : undefined,
    preemptionPolicy: anything,
    runtimeClassName: anything,
    schedulerName: anything,
    terminationGracePeriodSeconds: anything,
    dnsPolicy: anything,
    dnsConfig: anything,
    hostAliases: anything,
    os: anything,
    automountServiceAccountToken: only([false], 'must be false'),
    enableServiceLinks: only([false], 'must be false'),
    hostNetwork: only([false], 'gives the Pod the network of its node'),
    hostPID: only([false], 'shows the Pod the processes of its node'),
    hostIPC: only([false], 'gives the Pod the IPC of its node'),
  }),
});
