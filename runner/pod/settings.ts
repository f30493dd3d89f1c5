/** What a runner's Pod is told by its environment. */
import { isAbsolute, normalize } from 'node:path';
import { HeadgateError } from '../../foundation/errors.ts';
import { readS3Credentials, S3_CREDENTIAL_VARIABLES, type S3Credentials } from '../../store/objects/credentials.ts';
import { parseLocation, type ObjectsLocation } from '../../store/objects/location.ts';

/** What the Pod is there for, as the name of its assignment says. */
export type PodTask =
  | { readonly kind: 'run'; readonly runId: string; readonly attempt: number }
  | { readonly kind: 'stream'; readonly pipelineId: string; readonly hash: string }
  | { readonly kind: 'check'; readonly checkId: string };

export interface PodEnvironment {
  /** `HEADGATE_STORE`: `redis://…`. */
  readonly store: string;
  /** `HEADGATE_ASSIGNMENT`: the blob with the assignment. */
  readonly assignment: string;
  readonly task: PodTask;
  /** `HEADGATE_DATA`: absolute. Files, outputs and scratch of this Pod. */
  readonly data: string;
  /** `HEADGATE_OUTPUTS`: absolute, a folder that the API has as its data folder. Left out: outputs end with the Pod. */
  readonly outputs?: string;
  /** `HEADGATE_OUTPUTS_S3`, and what is in `HEADGATE_OUTPUTS_S3_SECRET`: a bucket that the API reads too. */
  readonly outputsS3?: OutputsS3;
  /** `HEADGATE_SECRETS`: absolute. Secrets as `<name>/<key>`. */
  readonly secrets: string;
  /** `HEADGATE_GRACE`, given in seconds: what the Pod has between SIGTERM and SIGKILL, in milliseconds. 30 s when left out. */
  readonly graceMs: number;
  /** `HEADGATE_HEALTH_PORT`: where a stream serves `/live` and `/ready`; 0: nowhere. 8081 when left out. */
  readonly healthPort: number;
  /** `HEADGATE_LOG_LEVEL`. */
  readonly logLevel?: string;
  /** `HEADGATE_POD`, or the name of the host, which in a Pod is the Pod's. */
  readonly pod: string;
  /** What `${env:…}` may refer to. */
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** Where outputs go in object storage. */
export interface OutputsS3 {
  readonly location: ObjectsLocation;
  /** `HEADGATE_OUTPUTS_S3_ACCESS_KEY_ID`, `…_SECRET_ACCESS_KEY` and `…_SESSION_TOKEN`; the Pod's own role when left out. */
  readonly credentials?: S3Credentials;
  /** `HEADGATE_OUTPUTS_S3_SECRET`: the Secret that they are to come from. They are missing where it is. */
  readonly secret?: string;
}

type Env = Readonly<Record<string, string | undefined>>;

const DEFAULT_GRACE_S = 30;
const MAX_GRACE_S = 86_400;
const HEALTH_PORT = 8081;
const MAX_PORT = 65_535;

/** Throws `invalid_request` naming the variable. */
export function readPodEnvironment(env: Env, host: string): PodEnvironment {
  const assignment = wanted(env, 'HEADGATE_ASSIGNMENT', 'the name of the blob with the assignment');
  const outputs = given(env, 'HEADGATE_OUTPUTS');
  const logLevel = given(env, 'HEADGATE_LOG_LEVEL');
  return {
    store: wanted(env, 'HEADGATE_STORE', 'redis://host:6379'),
    assignment,
    task: taskOf(assignment),
    data: folder('HEADGATE_DATA', wanted(env, 'HEADGATE_DATA', 'an absolute folder, such as /data')),
    ...(outputs === undefined ? {} : { outputs: folder('HEADGATE_OUTPUTS', outputs) }),
    ...outputsS3Of(env),
    secrets: folder('HEADGATE_SECRETS', given(env, 'HEADGATE_SECRETS') ?? '/run/headgate/secrets'),
    graceMs: number(env, 'HEADGATE_GRACE', DEFAULT_GRACE_S, MAX_GRACE_S) * 1000,
    healthPort: number(env, 'HEADGATE_HEALTH_PORT', HEALTH_PORT, MAX_PORT),
    ...(logLevel === undefined ? {} : { logLevel }),
    pod: given(env, 'HEADGATE_POD') ?? host,
    variables: pipelineVariables(env),
  };
}

/** Headgate's own variables are not for pipelines, nor for what connectors start. */
export function isOwnVariable(name: string): boolean {
  return /^HEADGATE_(?!VAR_)/i.test(name);
}

function outputsS3Of(env: Env): { readonly outputsS3?: OutputsS3 } {
  const url = given(env, 'HEADGATE_OUTPUTS_S3');
  if (url === undefined) return {};
  const secret = given(env, 'HEADGATE_OUTPUTS_S3_SECRET');
  const credentials = secret === undefined ? readS3Credentials(env) : credentialsOfSecret(env);
  return {
    outputsS3: {
      location: parseLocation(url),
      ...(credentials === undefined ? {} : { credentials }),
      ...(secret === undefined ? {} : { secret }),
    },
  };
}

/** A Secret with one half is as good as none: told when it comes to the output, since the run itself does not need it. */
function credentialsOfSecret(env: Env): S3Credentials | undefined {
  const { accessKeyId, secretAccessKey } = S3_CREDENTIAL_VARIABLES;
  return [accessKeyId, secretAccessKey].every((name) => env[name]?.trim()) ? readS3Credentials(env) : undefined;
}

function pipelineVariables(env: Env): Env {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !isOwnVariable(name)));
}

function taskOf(name: string): PodTask {
  const [kind, id, last, ...rest] = name.split('/');
  if (rest.length === 0 && id !== undefined && id !== '') {
    if (kind === 'check' && last === undefined) return { kind, checkId: id };
    if (kind === 'stream' && last) return { kind, pipelineId: id, hash: last };
    if (kind === 'run' && last !== undefined && /^[1-9][0-9]{0,8}$/.test(last)) {
      return { kind, runId: id, attempt: Number(last) };
    }
  }
  throw refused('HEADGATE_ASSIGNMENT', 'run/<id>/<attempt>, stream/<pipeline id>/<hash> or check/<id>');
}

function wanted(env: Env, name: string, form: string): string {
  const value = given(env, name);
  if (value === undefined) throw refused(name, form);
  return value;
}

const given = (env: Env, name: string): string | undefined => (env[name] === '' ? undefined : env[name]);

function folder(name: string, path: string): string {
  if (!isAbsolute(path)) throw refused(name, 'an absolute folder');
  return normalize(path);
}

function number(env: Env, name: string, usual: number, most: number): number {
  const text = given(env, name);
  if (text === undefined) return usual;
  const value = /^[0-9]{1,6}$/.test(text) ? Number(text) : most + 1;
  if (value > most) throw refused(name, `a number from 0 to ${most}`);
  return value;
}

function refused(name: string, form: string): HeadgateError {
  return new HeadgateError('invalid_request', `the environment variable ${name} is missing or not of its form`, {
    at: name,
    hint: `expected: ${form}`,
  });
}
