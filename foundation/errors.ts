/**
 * Every error a person or a program can see has a code from `ERROR_CODES`. The HTTP status, the CLI's exit code, the
 * reason in a condition and the page in the documentation all come from this one table.
 */

/** What a code means to each audience. `exit` is the CLI's exit code, `status` the HTTP status. */
export interface ErrorCode {
  readonly title: string;
  readonly status: number;
  readonly exit: number;
  /** What happened, in one or two sentences, for the generated page. */
  readonly meaning: string;
  /** What to do about it. */
  readonly fix: string;
}

const code = (title: string, status: number, exit: number, meaning: string, fix: string): ErrorCode => ({
  title,
  status,
  exit,
  meaning,
  fix,
});

export const ERROR_CODES = {
  // --- the request, the command line
  invalid_request: code(
    'Invalid request',
    400,
    1,
    'A parameter, header or body does not have the form the endpoint or command asks for.',
    'Read `errors` for the place and the expected form.',
  ),
  unauthorized: code(
    'Authentication needed',
    401,
    3,
    'The token is missing, unknown, expired or revoked.',
    'Send `Authorization: Bearer <token>`. On the server machine the CLI finds the administrator token in the data folder.',
  ),
  forbidden: code(
    'Not allowed',
    403,
    3,
    'The token is valid but lacks the scope, workspace or environment that is needed.',
    'Use a token with the scope that the message names.',
  ),
  not_found: code(
    'Not found',
    404,
    4,
    'Nothing has this name or id.',
    'List what there is with `headgate get`; mind the workspace.',
  ),
  method_not_allowed: code('Method not allowed', 405, 1, 'The path exists, but not with this method.', 'See `/docs`.'),
  conflict: code(
    'Conflict',
    409,
    5,
    'The thing is not in a state that allows this, or somebody else changed it first.',
    'Read it again and decide anew.',
  ),
  precondition_failed: code(
    'Precondition failed',
    412,
    5,
    'The resource has another revision than the one that `If-Match` names: somebody changed it meanwhile.',
    'Read it again, decide anew, and send the new `ETag`.',
  ),
  request_timeout: code(
    'Request timed out',
    408,
    6,
    'The body did not arrive in time.',
    'Send it again, without pauses.',
  ),
  payload_too_large: code('Payload too large', 413, 1, 'The body is over the limit.', 'Send less at a time.'),
  headers_too_large: code(
    'Header fields too large',
    431,
    1,
    'Address and header fields of the request are over 16 KiB together.',
    'Send less in the query; long filters fit into a body (`POST /v1/events/filter`).',
  ),
  unsupported_media_type: code(
    'Unsupported media type',
    415,
    1,
    'The body is neither JSON nor YAML.',
    'Send `Content-Type: application/json` or `application/yaml`.',
  ),
  range_not_satisfiable: code(
    'Range not satisfiable',
    416,
    1,
    'The range that was asked for lies outside of the file.',
    'Ask for a range within the size that `Content-Range` gives.',
  ),
  idempotency_key_reused: code(
    'Idempotency key used for something else',
    422,
    1,
    'The same `Idempotency-Key` was sent within 24 hours with another body.',
    'Use a new key for every new wish; repeat a key only to repeat the very same request.',
  ),
  rate_limited: code(
    'Too many requests',
    429,
    6,
    'The limit of this token or pipeline is used up.',
    'Wait as long as `Retry-After` says.',
  ),
  unavailable: code(
    'Unavailable',
    503,
    6,
    'The server is starting, stopping or cannot reach its store.',
    'Try again; `headgate doctor` tells more.',
  ),
  internal: code('Internal error', 500, 70, 'Headgate itself failed.', 'Report it with the request id and the log.'),

  // --- resources
  invalid_yaml: code(
    'Not readable as YAML',
    400,
    1,
    'The file is not YAML or JSON, or passes a limit (size, depth, aliases, documents).',
    'Go to the line and column that the error names.',
  ),
  invalid_resource: code(
    'Invalid resource',
    400,
    1,
    'A resource does not match its schema.',
    'Correct the field at the pointer; the nearest known field name is given.',
  ),
  duplicate_resource: code(
    'Declared twice',
    409,
    1,
    'Two files declare the same kind, workspace and name.',
    'Remove or rename one of the two places the message names.',
  ),
  reference_not_found: code(
    'Reference not found',
    400,
    1,
    'A resource names a connection, secret, variable or pipeline that does not exist.',
    'Declare it, or correct the name.',
  ),
  literal_secret: code(
    'Secret in plain text',
    400,
    1,
    'A field that holds a secret has a literal value, which Git would keep for ever.',
    'Put the value into the environment or the secret store and write `${env:NAME}` or `${secret:name/key}`.',
  ),
  invalid_settings: code(
    'Invalid connector settings',
    400,
    1,
    "The settings do not match the connector's schema.",
    "See the connector's page in the reference.",
  ),
  invalid_transform: code(
    'Invalid transform',
    400,
    1,
    'A transform does not fit the columns that reach it, or its expression is wrong.',
    'The message names the transform by position and the column or expression.',
  ),
  invalid_schedule: code(
    'Invalid schedule',
    400,
    1,
    'A cron expression or time zone is not valid.',
    'Use five fields (minute hour day month weekday) or six with seconds, and an IANA time zone.',
  ),

  // --- Git
  git_unreachable: code(
    'Repository unreachable',
    502,
    1,
    'The remote cannot be reached or does not answer as Git.',
    'Check the URL, the network and the credentials; the last good revision keeps running.',
  ),
  git_url_refused: code(
    'Repository URL refused',
    400,
    1,
    'The URL has a form that is unsafe or not allowed here.',
    'Use https, ssh, or an absolute local path where that is allowed; give credentials by reference, not in the URL.',
  ),
  git_ref_not_found: code(
    'Branch or revision not found',
    404,
    1,
    'The branch or revision does not exist in the repository. Nothing is deleted because of it.',
    'Correct the branch, or push it again.',
  ),
  git_unverified: code(
    'Commit not verified',
    403,
    1,
    'The commit at the head is not signed by any of the keys that the repository trusts. Nothing of it is applied.',
    'Sign the commit, or add the key to `spec.verify.keys`.',
  ),
  pull_request_failed: code(
    'Pull request not opened',
    502,
    1,
    'The forge did not open a pull request for the change. Nothing is changed; its branch is taken back.',
    'The message tells what the forge answered. Correct `spec.pullRequests` or wait, and send the request again.',
  ),
  git_corrupt: code(
    'Mirror corrupt',
    500,
    1,
    'The local mirror of the repository is damaged. It is rebuilt by itself.',
    'If it happens again, check the disk.',
  ),
  path_empty: code(
    'Nothing under the path',
    409,
    1,
    'The path does not exist in the revision or holds no YAML file. That is treated as an error, not as the deletion of everything.',
    'Correct `path`. To remove everything on purpose, keep one file with a comment only, and allow the prune.',
  ),
  prune_blocked: code(
    'Prune needs consent',
    409,
    5,
    'The revision would delete more than five and more than half of the resources of the repository.',
    'If that is meant: `headgate sync --allow-prune`.',
  ),
  plan_changed: code(
    'Plan has changed',
    409,
    5,
    'The plan that was approved is not the plan that would be applied now.',
    'Make the plan again and approve the new one.',
  ),

  // --- running
  source_failed: code(
    'Source failed',
    502,
    1,
    'Reading from the source failed.',
    'The message tells what the system answered; `headgate logs` has the rest.',
  ),
  transform_failed: code(
    'Transform failed',
    422,
    1,
    'A record does not go through a transform: a value that cannot be cast, a division by zero, an integer out of range.',
    'The message names the transform. Guard the expression (`n == 0 ? null : total / n`) or filter such records out first.',
  ),
  destination_failed: code(
    'Destination failed',
    502,
    1,
    'Writing to the destination failed. Nothing half-written is left.',
    'The message tells what the system answered; `headgate logs` has the rest.',
  ),
  address_refused: code(
    'Address refused',
    403,
    1,
    'The connector was told to reach an address in a private, loopback or link-local range.',
    'Use a public address, or let the operator allow the range with `--allow-network`.',
  ),
  path_refused: code(
    'Path refused',
    403,
    1,
    'A file path leaves the folders that pipelines may use.',
    'Use a relative path, or let the operator allow the folder with `--allow-path`.',
  ),
  run_timeout: code(
    'Run timed out',
    504,
    1,
    'The run took longer than `limits.timeout`.',
    'Raise the limit, or read less: an incremental cursor helps.',
  ),
  run_cancelled: code('Run cancelled', 409, 1, 'Somebody cancelled the run.', 'Start it again when it is wanted.'),
  output_not_kept: code(
    'Output not kept',
    500,
    1,
    'The run is done and its destinations have every row, but its output could not be brought to where it can be downloaded. It is not run again for that, since its rows would arrive twice.',
    'The message says why: a volume or bucket that is full, gone or refuses. Mend it; the next run keeps its output again.',
  ),
  runner_lost: code(
    'Runner lost',
    500,
    1,
    'The process that executed the run ended without a result or stopped reporting.',
    'See the log for the last lines; memory and disk limits are the usual cause.',
  ),
  out_of_memory: code(
    'Out of memory',
    507,
    1,
    'The run needed more memory than its limit even with spilling to disk.',
    'Raise `runner.resources.limits.memory`, or reduce what an aggregate or join holds at once.',
  ),

  // --- events
  event_refused: code(
    'Event refused',
    422,
    1,
    'The payload does not match the schema that the pipeline declares for events of this type.',
    'The message names the place in the payload. Send it as the schema asks, or change the schema in Git.',
  ),
  events_not_accepted: code(
    'Events not accepted',
    409,
    5,
    'The pipeline takes no events now: it is no stream pipeline, is being deleted, or is paused with `whenPaused: refuse`.',
    'See `headgate describe` for its state.',
  ),
  backlog_full: code(
    'Backlog full',
    429,
    6,
    'As many bytes of events wait for delivery as `history.eventBytes` of the pipeline allows.',
    'See why delivery does not get on: `headgate describe`. What was accepted is kept.',
  ),
  overloaded: code(
    'Overloaded',
    503,
    6,
    'More requests wait for the disk than the server holds in memory.',
    'Send it again after the time that `Retry-After` says.',
  ),
  signature_invalid: code(
    'Signature not valid',
    401,
    3,
    'The signature of a webhook is missing, wrong, or too old.',
    'Check that sender and pipeline hold the same secret, and that both clocks are right.',
  ),
  destination_unreachable: code(
    'Destination unreachable',
    502,
    1,
    'The destination cannot be reached, asks to wait, or does not accept the credentials. Events stay in the log, and delivery goes on by itself.',
    'Check the address, the credentials and the state of the destination.',
  ),
  destination_gone: code(
    'Destination gone',
    410,
    1,
    'The destination answered that it wants no more (410). Delivery has stopped; events stay in the log.',
    'Correct the destination, or pause and resume the pipeline to try again.',
  ),

  // --- Kubernetes
  cluster_unreachable: code(
    'Kubernetes API not reachable',
    503,
    6,
    'The API server of the Kubernetes cluster did not answer, or answered that it cannot now.',
    'It is tried again. See whether the API server is up, and whether its address in the kubeconfig is right.',
  ),
  cluster_refused: code(
    'Refused by the Kubernetes API',
    502,
    5,
    'The API server of the Kubernetes cluster refused what Headgate asked of it.',
    'The message is its own: where it says `forbidden`, the role of the service account lacks that verb.',
  ),
  image_unavailable: code(
    'Image not available',
    502,
    1,
    'The node that was to run the Pod could not get the image of its container.',
    'The message is that of the kubelet. Correct the name of the image, or the credentials of its registry (`imagePullSecrets`).',
  ),
  unschedulable: code(
    'No node for the Pod',
    503,
    1,
    'No node of the cluster could take the Pod within the time that it may take to start.',
    'The message is that of the scheduler: add nodes, or ask for less (`runner.resources`), or correct node selectors and tolerations.',
  ),
  pod_refused: code(
    'Pod refused',
    422,
    1,
    'The cluster did not take the Pod of a runner: its template is refused, a quota is used up, or its container cannot be made.',
    'The message says who refused what. Correct `runner.resources` or `runner.podTemplate`, or let the operator raise the limit.',
  ),
  evicted: code(
    'Pod evicted',
    503,
    1,
    'The cluster took the Pod of the runner off its node: the node ran short of memory or disk, was drained, or had to make room.',
    'It is tried again. Where it happens often, raise `runner.resources.requests`, so that the Pod gets a node with room.',
  ),
  node_lost: code(
    'Node lost',
    503,
    1,
    'The node of the runner, or its Pod, is gone or does not answer any more.',
    'It is tried again on another node. See the state of the node: `kubectl describe node`.',
  ),
  // --- the store
  store_full: code(
    'Disk full',
    507,
    7,
    'The store cannot write because the disk is full. What was acknowledged is kept.',
    'Free space; the server goes on by itself.',
  ),
  store_corrupt: code(
    'Store corrupt',
    500,
    7,
    'The store file is damaged.',
    'Stop the server, keep a copy of the file, and restore a backup. Resources come back from Git by themselves.',
  ),
  secret_key_missing: code(
    'Secret key missing',
    503,
    7,
    'Secrets or configuration in the store are sealed with a key that this process does not have. Nothing is lost as long as the key exists.',
    'Give it the key that the message names: `HEADGATE_SECRET_KEY`, `--secret-key-file`, or the file `secret-key` in the data folder.',
  ),
  secret_key_invalid: code(
    'Secret key not valid',
    500,
    7,
    'What is given as the key for secrets is no key, or its file cannot be read.',
    'A key is 32 bytes in base64: `openssl rand -base64 32`. Several are separated by spaces or lines, the current one first.',
  ),
  store_newer: code(
    'Store from a newer version',
    500,
    7,
    'The store was written by a newer Headgate.',
    'Run that version or a newer one.',
  ),

  // --- object storage
  storage_refused: code(
    'Refused by the object storage',
    502,
    1,
    'The bucket for outputs of runs is not there, or its storage refuses what Headgate asked of it.',
    'The message is its own. Correct the bucket, the region or the endpoint, or let the credentials get, put and delete objects.',
  ),
} as const satisfies Record<string, ErrorCode>;

export type ErrorCodeName = keyof typeof ERROR_CODES;

/** One problem inside a larger error: a JSON pointer into the document, and what is wrong there. */
export interface Issue {
  readonly pointer: string;
  readonly message: string;
  readonly code?: ErrorCodeName;
  /** `file:line:column`, 1-based, when the problem stands in a file. */
  readonly at?: string;
  readonly hint?: string;
}

export interface ErrorOptions {
  /** `file:line:column`, a JSON pointer, or a path: where it is. */
  readonly at?: string;
  /** How to mend it, when the message itself does not tell. */
  readonly hint?: string;
  readonly cause?: unknown;
  readonly issues?: readonly Issue[];
  /** Seconds after which trying again makes sense. */
  readonly retryAfter?: number;
  /** Whether the same call may succeed later without anybody changing anything. */
  readonly retryable?: boolean;
}

/** The one error class. `message` must never hold a secret or a value from settings. */
export class HeadgateError extends Error {
  override readonly name = 'HeadgateError';
  readonly code: ErrorCodeName;
  readonly at: string | undefined;
  readonly hint: string | undefined;
  readonly issues: readonly Issue[];
  readonly retryAfter: number | undefined;
  readonly retryable: boolean;

  constructor(code: ErrorCodeName, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.at = options.at;
    this.hint = options.hint;
    this.issues = options.issues ?? [];
    this.retryAfter = options.retryAfter;
    this.retryable = options.retryable ?? false;
  }

  get status(): number {
    return ERROR_CODES[this.code].status;
  }

  get exitCode(): number {
    return ERROR_CODES[this.code].exit;
  }
}

/** The plain form that is stored in run records, sync records and conditions. */
export interface ErrorRecord {
  readonly code: ErrorCodeName;
  readonly message: string;
  /** Whose resource it is about; undefined where that is not known, or where it is about none. */
  readonly workspace?: string;
  readonly at?: string;
  readonly hint?: string;
  readonly issues?: readonly Issue[];
}

export function isHeadgateError(error: unknown): error is HeadgateError {
  return error instanceof HeadgateError;
}

/** Any thrown value as a `HeadgateError`; what is not one yet becomes `fallback`, with the original as its cause. */
export function toHeadgateError(error: unknown, fallback: ErrorCodeName = 'internal'): HeadgateError {
  if (error instanceof HeadgateError) return error;
  return new HeadgateError(fallback, messageOf(error), { cause: error });
}

/** The message of any thrown value. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}

export function toErrorRecord(error: unknown, fallback: ErrorCodeName = 'internal'): ErrorRecord {
  const known = toHeadgateError(error, fallback);
  return {
    code: known.code,
    message: known.message,
    ...(known.at === undefined ? {} : { at: known.at }),
    ...(known.hint === undefined ? {} : { hint: known.hint }),
    ...(known.issues.length === 0 ? {} : { issues: known.issues }),
  };
}
