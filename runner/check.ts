/** Whether a connector can connect: asked in a runner, where the values of secrets exist (invariant 6). */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../foundation/errors.ts';
import type { Logger } from '../foundation/log.ts';
import { openEndpoint, type EndpointJob } from './engine/endpoint.ts';
import type { Catalogue } from './engine/job.ts';
import type { CheckResult } from './ports.ts';
import { Redactor } from './redactor.ts';
import { referencesIn } from './references.ts';
import type { CheckAssignment } from './spec.ts';

/** Of the message and of one stream's name, in characters; and streams that are named. */
const MAX_MESSAGE = 2000;
const MAX_NAME = 255;
const MAX_STREAMS = 1000;

export interface CheckOptions {
  readonly catalogue: Catalogue;
  readonly log: Logger;
  /** Ends the check. */
  readonly signal: AbortSignal;
}

/** Never rejects: what is wrong with the settings is an answer, too. The answer holds no secret. */
export async function checkConnection(assignment: CheckAssignment, options: CheckOptions): Promise<CheckResult> {
  const { checkId, endpoint, timeoutMs, environment } = assignment;
  const variables = variablesIn(endpoint.settings);
  if (variables.length > 0) return openWithout(variables);
  const redactor = new Redactor();
  const scratch = join(environment.dataDir, 'checks', checkId);
  const late = AbortSignal.timeout(timeoutMs);
  try {
    await mkdir(scratch, { recursive: true });
    const job = jobFor(assignment, options, redactor, scratch, AbortSignal.any([options.signal, late]));
    return shown(await ask(job, assignment), redactor);
  } catch (error) {
    const message = late.aborted ? `no answer within ${Math.round(timeoutMs / 1000)} s` : messageOf(error);
    return shown({ ok: false, message }, redactor);
  } finally {
    await rm(scratch, { recursive: true, force: true }).catch((error: unknown) => options.log.warn(messageOf(error)));
  }
}

/** A connector that does not end after an abort is not waited for: its process ends soon. */
async function ask(job: EndpointJob, { endpoint }: CheckAssignment): Promise<CheckResult> {
  const { signal } = job;
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  const work = openEndpoint(job, endpoint).then(({ connector, settings, ctx }) => connector.check(settings, ctx));
  return Promise.race([work, aborted]);
}

function variablesIn(settings: unknown): readonly string[] {
  const names = referencesIn(JSON.stringify(settings)).flatMap(({ kind, name }) => (kind === 'var' ? [name] : []));
  return [...new Set(names)];
}

/** Each pipeline has values of its own for these, so that there is nothing to say of the connection alone. */
function openWithout(variables: readonly string[]): CheckResult {
  const names = variables.map((name) => `\${var:${name}}`).join(', ');
  const message = `cannot be checked by itself: its settings take ${names} from the pipelines that use it; a run with \`dry_run\` of one of them tells`;
  return { ok: false, message: message.slice(0, MAX_MESSAGE) };
}

function shown({ ok, message, streams }: CheckResult, redactor: Redactor): CheckResult {
  return {
    ok,
    message: redactor.text(message).slice(0, MAX_MESSAGE),
    ...(streams === undefined
      ? {}
      : { streams: streams.slice(0, MAX_STREAMS).map((name) => redactor.text(name).slice(0, MAX_NAME)) }),
  };
}

/** What a run has besides, a check has none of: no variables, no second try. */
function jobFor(
  { checkId, workspace, endpoint, files, environment, timeoutMs }: CheckAssignment,
  { catalogue, log }: CheckOptions,
  redactor: Redactor,
  scratch: string,
  signal: AbortSignal,
): EndpointJob {
  const policy = { attempts: 1, initial: 0, max: 0, jitter: false };
  const note: EndpointJob['log'] = (level, message) => log[level](redactor.text(message));
  return {
    assignment: {
      pipeline: {
        id: checkId,
        workspace,
        name: endpoint.name,
        generation: 0,
        revision: '',
        sources: [endpoint],
        transforms: [],
        destinations: [],
        retry: policy,
        timeoutMs,
        variables: {},
        files,
      },
      environment,
    },
    catalogue,
    signal,
    log: note,
    redactor,
    retry: { policy, signal, log: note },
    paths: { dataDir: environment.dataDir, allowPaths: environment.allowPaths, files },
    scratch,
    progress: { add: () => undefined },
  };
}
