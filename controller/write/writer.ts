/** Turns requests to write into commits at the remote, one at a time for each repository. */
import { HeadgateError, isHeadgateError, messageOf } from '../../foundation/errors.ts';
import { newId, refKey, type ResourceRef } from '../../foundation/ids.ts';
import { backoffDelay, sleep } from '../../foundation/time.ts';
import { refOf } from '../../crds/index.ts';
import type { Store } from '../../store/ports.ts';
import type { Mirrors } from '../sync/mirrors.ts';
import { attempt, type Attempted, type AttemptDeps, type Job, type Sent } from './attempt.ts';
import { syncedBranch } from './branch.ts';
import { confirm, recordsOf } from './confirm.ts';
import { applyDirectly } from './direct.ts';
import { withBases } from './live.ts';
import { proposalBranch, propose, type ProposeDeps } from './propose.ts';
import type { WriteOutcome, WriteRequest } from './ports.ts';
import { chooseTarget, freshTarget, refOfChange } from './target.ts';
import { Turns } from './turns.ts';

export interface WriterDeps extends AttemptDeps, ProposeDeps {
  readonly store: Pick<Store, 'syncs'>;
  readonly mirrors: Mirrors;
  readonly environment: string;
  /** Looks at a resource soon. */
  readonly wake: (ref: ResourceRef) => void;
  /** Aborts when the controller stops. */
  readonly signal: AbortSignal;
}

/** Changes of one request. */
const MAX_CHANGES = 100;
/** Requests that may wait for one repository. */
const MAX_WAITING = 200;
/** Tries at a commit while others push to the same branch. */
const MAX_TRIES = 12;
/** How long a change may take until it is pushed, in milliseconds: a remote that is slow but not silent holds up the others. */
const LIMIT_MS = 5 * 60_000;
const BACKOFF = { initial: 20, max: 1000, jitter: true };

export class Writer {
  readonly #deps: WriterDeps;
  readonly #turns = new Turns(MAX_WAITING);

  constructor(deps: WriterDeps) {
    this.#deps = deps;
  }

  /** See `ControllerHandle.write`. An abort before the commit is pushed throws the signal's reason. */
  async write(request: WriteRequest, signal: AbortSignal): Promise<WriteOutcome> {
    const { resources, environment } = this.#deps;
    checkRequest(request);
    const target = await chooseTarget(request, resources, environment);
    const asked = { ...request, changes: await withBases(request.changes, resources) };
    const both = AbortSignal.any([signal, this.#deps.signal]);
    if (target === null) return this.#turns.take('', both, () => applyDirectly(asked, resources));
    const { job, done, earlier } = await withinLimit(both, (limited) =>
      this.#turns.take(target.id, limited, () => this.#commit(target.id, asked, limited)),
    );
    if (done.form !== 'pushed') return done;
    const { revision, plan } = done;
    if (job.proposal !== null) return propose(job, { revision, plan }, this.#deps, both);
    return this.#confirmed(job, { revision, plan }, earlier, both);
  }

  async #commit(repositoryId: string, request: WriteRequest, signal: AbortSignal): Promise<Committed> {
    const { resources, environment, mirrors, store } = this.#deps;
    const stored = await freshTarget(repositoryId, resources, environment);
    const { mirror } = await mirrors.of(stored.id, stored.resource.spec);
    const branch = await syncedBranch(stored.resource.spec, mirror, signal);
    const proposes = stored.resource.spec.writeBack === 'pull-request';
    const proposal = proposes ? proposalBranch(request.changes) : null;
    const job: Job = { stored, mirror, branch, proposal, request };
    const earlier = await recordsOf(stored.id, store.syncs);
    return { job, done: await this.#tryAll(job, signal), earlier };
  }

  /** Tries until the commit is pushed: others may push at the same time, and a push may be cut off before its answer. */
  async #tryAll(job: Job, signal: AbortSignal): Promise<Done> {
    const { mirror, branch } = job;
    // Any of them may have arrived: an answer may be lost, and what is sent once more is then refused as out of date.
    const all: Sent[] = [];
    for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
      if (tries > 1) await sleep(backoffDelay(BACKOFF, tries - 1), signal);
      try {
        const head = await mirror.fetch(`refs/heads/${branch}`, signal);
        for (const sent of all) if (await hasArrived(job, sent, head, signal)) return { form: 'pushed', ...sent };
        const onSend = (sent: Sent): void => {
          all.push(sent);
          job.request.sent?.();
        };
        const done: Attempted = await attempt(job, head, this.#deps, onSend, signal);
        if (done.form !== 'moved') return done;
      } catch (error) {
        if (!(await this.#passes(error, job, all.length > 0, tries, signal))) throw error;
      }
    }
    throw new HeadgateError('unavailable', `'${branch}' was pushed to by others ${MAX_TRIES} times meanwhile`, {
      hint: 'send it again',
      retryable: true,
      retryAfter: 2,
    });
  }

  /** Whether another try makes sense: the mirror was damaged, or it is not known whether the push arrived. */
  async #passes(error: unknown, job: Job, unsure: boolean, tries: number, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted || !isHeadgateError(error) || tries >= MAX_TRIES) return false;
    if (error.code === 'git_corrupt' && tries === 1) {
      this.#deps.log.warn(
        { repository: job.stored.id, error: error.message },
        'the mirror is damaged and is made anew',
      );
      await job.mirror.reset();
      return true;
    }
    if (error.code === 'git_unreachable' && error.retryable) return unsure && tries < 5;
    return error.code === 'unavailable' && tries < 5;
  }

  /** The commit is at the remote: whatever fails from here on is no failure of the change. */
  async #confirmed(job: Job, sent: Sent, earlier: ReadonlySet<string>, signal: AbortSignal): Promise<WriteOutcome> {
    const { store, resources, clock, wake, log } = this.#deps;
    const { request, mirror, stored } = job;
    const { revision, plan } = sent;
    try {
      await store.syncs.request({
        id: newId('sr'),
        repositoryId: stored.id,
        by: request.author.name,
        allowPrune: false,
        requestedAt: clock(),
      });
      wake(refOf(stored.resource));
      const pushed = { repositoryId: stored.id, revision, changes: request.changes, mirror, earlier };
      const form = await confirm(pushed, { resources, syncs: store.syncs }, request.waitMs, signal);
      return { form, revision, plan };
    } catch (error) {
      log.warn({ repository: stored.id, revision, error: messageOf(error) }, 'a sync could not be waited for');
      return { form: 'committed', revision, plan };
    }
  }
}

/** Throws `git_unreachable` when the time is up; then it is not known whether a commit has arrived. */
async function withinLimit<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const limit = AbortSignal.timeout(LIMIT_MS);
  try {
    return await work(AbortSignal.any([signal, limit]));
  } catch (error) {
    if (error !== limit.reason || signal.aborted) throw error;
    throw new HeadgateError('git_unreachable', `the change was not pushed within ${LIMIT_MS / 1000} s`, {
      hint: 'see whether the remote is slow, and whether the commit has arrived, then send it again',
      retryable: true,
    });
  }
}

/** Whether the remote has what was sent, though nobody said so. */
async function hasArrived({ mirror, proposal }: Job, sent: Sent, head: string, signal: AbortSignal): Promise<boolean> {
  if (proposal === null) return mirror.contains(head, sent.revision, signal);
  const at = await mirror.remoteRevision(proposal, signal).catch((error: unknown) => {
    if (isHeadgateError(error) && error.code === 'git_ref_not_found') return null;
    throw error;
  });
  return at === sent.revision;
}

interface Committed {
  readonly job: Job;
  readonly done: Done;
  /** Records of syncs from before. */
  readonly earlier: ReadonlySet<string>;
}

type Done = Exclude<Attempted, { readonly form: 'moved' }>;

function checkRequest({ changes }: WriteRequest): void {
  if (changes.length === 0 || changes.length > MAX_CHANGES) {
    throw new HeadgateError('invalid_request', `${changes.length} changes, from 1 to ${MAX_CHANGES} in one request`);
  }
  const keys = changes.map((change) => refKey(refOfChange(change)));
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) throw new HeadgateError('invalid_request', `${twice} is changed twice in one request`);
}
