/** The options of `headgate serve` for Kubernetes. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { HeadgateError, messageOf } from '../../foundation/errors.ts';
import { locationUrl, parseLocation, type ObjectsLocation } from '../../store/objects/location.ts';
import type { PodOutputsS3, PodSettings, PodTemplatePolicy } from '../../controller/kubernetes/pods/types.ts';
import { ROLES, type KubernetesOptions, type Role } from './kubernetes-options.ts';

export interface KubernetesArguments {
  readonly platform: 'standalone' | 'kubernetes';
  readonly role: Role;
  readonly kubeconfig?: string;
  readonly namespaces: readonly string[];
  readonly auth: 'tokens' | 'kubernetes';
  readonly runnerImage?: string;
  readonly runnerPullPolicy?: 'Always' | 'IfNotPresent' | 'Never';
  readonly runnerPullSecrets: readonly string[];
  readonly runnerServiceAccount?: string;
  readonly runnerStoreSecret?: { readonly name: string; readonly key: string };
  readonly ownSecrets: readonly string[];
  readonly runnerPodTemplate: PodTemplatePolicy;
  readonly runnerSettings?: string;
  readonly outputsClaim?: string;
  readonly outputs?: string;
  readonly outputsS3?: ObjectsLocation;
  readonly outputsS3Secret?: string;
  readonly logLevel: string;
}

/** The user of the image. */
const USER = 65_532;
const DATA_SIZE = '10Gi';
const TMP_SIZE = '1Gi';
/** What a file of settings may say of the Pods of runners. */
const SETTINGS = new Set([
  'resources',
  'nodeSelector',
  'tolerations',
  'affinity',
  'priorityClassName',
  'annotations',
  'user',
  'dataVolume',
  'tmpSize',
]);

type RunnerSettings = Partial<
  Pick<
    PodSettings,
    | 'resources'
    | 'nodeSelector'
    | 'tolerations'
    | 'affinity'
    | 'priorityClassName'
    | 'annotations'
    | 'user'
    | 'dataVolume'
    | 'tmpSize'
  >
>;

/** Adds `--platform` and what belongs to it. */
export function withKubernetes(command: Command): Command {
  for (const option of optionsOfKubernetes()) command.addOption(option.helpGroup('Kubernetes:'));
  return command;
}

function optionsOfKubernetes(): readonly Option[] {
  return [
    new Option('--platform <name>', 'where resources live and runners run')
      .choices(['standalone', 'kubernetes'])
      .default('standalone'),
    new Option('--role <role>', 'what this process does: the loops when it leads, the API, or both')
      .choices(ROLES)
      .default('all'),
    new Option('--kubeconfig <file>', 'cluster to work on (default: that of this Pod, KUBECONFIG or ~/.kube/config)'),
    new Option('--namespaces <names>', 'namespaces to serve, with commas').argParser(listArgument).default([], 'all'),
    new Option('--auth <how>', 'whose tokens the API takes: its own, or those of service accounts as well')
      .choices(['tokens', 'kubernetes'])
      .default('tokens'),
    new Option('--runner-image <image>', 'image of the Pods of runners: the one of this server'),
    new Option('--runner-pull-policy <policy>', 'when nodes fetch it').choices(['Always', 'IfNotPresent', 'Never']),
    new Option('--runner-pull-secrets <names>', 'Secrets to fetch it with, in the namespace of the Pod')
      .argParser(listArgument)
      .default([], 'none'),
    new Option('--runner-service-account <name>', 'service account of those Pods; its token is not mounted'),
    new Option(
      '--runner-store-secret <name/key>',
      "Secret with the store's address in each namespace (default: written by the server)",
    ).argParser(secretArgument),
    new Option(
      '--own-secrets <names>',
      'Secrets of the server, in its own namespace, that nothing declared may refer to',
    )
      .argParser(listArgument)
      .default([], "the store's address only"),
    new Option('--runner-pod-template <policy>', 'what authors may put into `spec.runner.podTemplate`')
      .choices(['safe', 'any'])
      .default('safe'),
    new Option('--runner-settings <file>', 'JSON with resources, nodeSelector, tolerations and the like of those Pods'),
    new Option(
      '--outputs-claim <name>',
      'PersistentVolumeClaim for outputs of runs, in the namespace of the Pod (default: they end with it)',
    ),
    new Option('--outputs <folder>', 'where the volume of that claim is mounted here'),
    new Option(
      '--outputs-s3 <url>',
      'bucket for outputs of runs: s3://bucket/prefix?region=…, with endpoint=https://host:port for other storage than Amazon S3',
    )
      // Its error is not commander's, which repeats the whole value: a password may stand in it.
      .argParser((text) => parseLocation(text)),
    new Option(
      '--outputs-s3-secret <name>',
      'Secret with its access-key-id and secret-access-key, in the namespace of the Pod (default: its role)',
    ),
  ];
}

/** Nothing for the standalone platform. Throws `invalid_request`. */
export function kubernetesOf(wish: KubernetesArguments, cwd: string): { readonly kubernetes?: KubernetesOptions } {
  if (wish.platform !== 'kubernetes') return {};
  const { runnerImage: image } = wish;
  if (image === undefined) {
    throw new HeadgateError('invalid_request', 'which image do the Pods of runners have?', {
      hint: 'name it with --runner-image, or HEADGATE_RUNNER_IMAGE',
    });
  }
  if (wish.outputsS3Secret !== undefined && wish.outputsS3 === undefined) {
    throw new HeadgateError('invalid_request', 'of which bucket are the credentials of --outputs-s3-secret?', {
      hint: 'name it with --outputs-s3, or HEADGATE_OUTPUTS_S3',
    });
  }
  return {
    kubernetes: {
      role: wish.role,
      ...(wish.kubeconfig === undefined ? {} : { kubeconfig: resolve(cwd, wish.kubeconfig) }),
      ...(wish.namespaces.length === 0 ? {} : { namespaces: wish.namespaces }),
      ownSecrets: wish.ownSecrets,
      serviceAccounts: wish.auth === 'kubernetes',
      ...(wish.outputs === undefined ? {} : { outputs: resolve(cwd, wish.outputs) }),
      ...(wish.outputsS3 === undefined ? {} : { outputsS3: wish.outputsS3 }),
      ...(wish.runnerStoreSecret === undefined ? {} : { storeSecret: wish.runnerStoreSecret }),
      pods: {
        image,
        ...(wish.runnerPullPolicy === undefined ? {} : { imagePullPolicy: wish.runnerPullPolicy }),
        ...(wish.runnerPullSecrets.length === 0 ? {} : { imagePullSecrets: wish.runnerPullSecrets }),
        ...(wish.runnerServiceAccount === undefined ? {} : { serviceAccount: wish.runnerServiceAccount }),
        ...(wish.outputsClaim === undefined
          ? {}
          : { outputsVolume: { persistentVolumeClaim: { claimName: wish.outputsClaim } } }),
        ...(wish.outputsS3 === undefined ? {} : { outputsS3: outputsOfPods(wish.outputsS3, wish.outputsS3Secret) }),
        logLevel: wish.logLevel,
        allowPodTemplate: wish.runnerPodTemplate,
        user: USER,
        dataVolume: { emptyDir: { sizeLimit: DATA_SIZE } },
        tmpSize: TMP_SIZE,
        resources: {},
        ...(wish.runnerSettings === undefined ? {} : readSettings(resolve(cwd, wish.runnerSettings))),
      },
    },
  };
}

function outputsOfPods(location: ObjectsLocation, secret: string | undefined): PodOutputsS3 {
  return { url: locationUrl(location), ...(secret === undefined ? {} : { secret }) };
}

/** What is inside of a field is for the API server to judge, when the first Pod is made. */
function readSettings(file: string): RunnerSettings {
  let settings: unknown;
  try {
    settings = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new HeadgateError('invalid_request', `--runner-settings: ${messageOf(error)}`, { cause: error });
  }
  const names = typeof settings === 'object' && settings !== null ? Object.keys(settings) : null;
  const unknown = names?.find((name) => !SETTINGS.has(name));
  if (names === null || unknown !== undefined) {
    const what = names === null ? 'holds no object' : `has a field '${String(unknown)}'`;
    throw new HeadgateError('invalid_request', `--runner-settings: ${file} ${what}`, {
      hint: `fields are: ${[...SETTINGS].join(', ')}`,
    });
  }
  return settings as RunnerSettings;
}

function listArgument(text: string, previous: readonly string[]): string[] {
  const parts = text.split(',').map((part) => part.trim());
  return [...previous, ...parts.filter((part) => part !== '')];
}

function secretArgument(text: string): { name: string; key: string } {
  const [name = '', key = '', ...rest] = text.split('/');
  if (name === '' || key === '' || rest.length > 0) throw new InvalidArgumentError('write name/key');
  return { name, key };
}
