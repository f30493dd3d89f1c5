/** What the API asks of a controller: plans, changes through Git, checks of connections. It needs no loop. */
import { HeadgateError, isHeadgateError } from '../foundation/errors.ts';
import { newId, refKey, type ResourceRef } from '../foundation/ids.ts';
import { isKind, refOf } from '../crds/index.ts';
import type { CheckResult } from '../runner/ports.ts';
import type { Folders } from './folders.ts';
import type { ControllerHandle } from './handle.ts';
import type { RequestOptions } from './options.ts';
import type { Plan } from './plan/types.ts';
import { connectionEndpoint } from './reconcile/definition.ts';
import { planDocuments } from './sync/plan-documents.ts';
import { declaringFiles, readOnly } from './sync/read.ts';
import { folderOf, prepare } from './sync/sync.ts';
import type { WriteOutcome, WriteRequest } from './write/ports.ts';
import { Writer } from './write/writer.ts';

/** What a connector may take to say whether it can connect, in milliseconds. */
const CHECK_MS = 20_000;

/** Answers requests until `signal` aborts. See `ControllerHandle` for each of them. */
export class Requests implements Pick<ControllerHandle, 'planRevision' | 'planDocuments' | 'write' | 'check'> {
  readonly #options: RequestOptions;
  readonly #folders: Folders;
  readonly #writer: Writer;
  readonly #signal: AbortSignal;

  constructor(
    options: RequestOptions,
    folders: Folders,
    { wake, signal }: { readonly wake: (ref: ResourceRef) => void; readonly signal: AbortSignal },
  ) {
    this.#options = options;
    this.#folders = folders;
    this.#signal = signal;
    this.#writer = new Writer({
      ...options,
      mirrors: folders.mirrors,
      allowNetworks: options.runnerEnvironment.allowNetworks,
      insecure: options.urlPolicy.insecure,
      wake,
      signal,
    });
  }

  async planRevision(repositoryId: string, revision?: string): Promise<Plan> {
    const stored = await this.#options.resources.getById(repositoryId);
    if (stored === null || !isKind('Repository', stored.resource)) {
      throw new HeadgateError('not_found', `there is no repository with id ${repositoryId}`);
    }
    const { spec, metadata } = stored.resource;
    const { mirror } = await this.#folders.mirrors.of(repositoryId, spec);
    const commit = await mirror.fetch(revision ?? spec.branch ?? 'main', this.#signal);
    const target = {
      id: repositoryId,
      key: refKey(refOf(stored.resource)),
      namespace: metadata.namespace,
      spec,
      mirror,
    };
    const cache = readOnly(this.#options.cacheOf(repositoryId));
    const files = await declaringFiles(mirror, commit, folderOf(spec), this.#signal);
    const prepared = await prepare(target, commit, files, { ...this.#options, cacheOf: () => cache }, this.#signal);
    return prepared.plan;
  }

  planDocuments(text: string, options: { readonly namespace?: string }): Promise<Plan> {
    return planDocuments(text, this.#options.resources, options);
  }

  write(request: WriteRequest, signal: AbortSignal): Promise<WriteOutcome> {
    return this.#writer.write(request, signal);
  }

  async check(connectionId: string, signal: AbortSignal): Promise<CheckResult> {
    const { resources, checks, runnerEnvironment } = this.#options;
    const stored = await resources.getById(connectionId);
    if (stored === null || !isKind('Connection', stored.resource)) {
      throw new HeadgateError('not_found', `there is no connection with id ${connectionId}`);
    }
    const { namespace: workspace } = stored.resource.metadata;
    const endpoint = await connectionEndpoint(stored.resource, resources);
    const found = await this.#folders.files
      .materialize({ id: stored.id, sources: [endpoint] }, {}, signal)
      .then((files) => ({ files }))
      .catch((error: unknown) => {
        if (isHeadgateError(error)) return { error };
        throw error;
      });
    if ('error' in found) return { ok: false, message: found.error.message };
    const shared = { timeoutMs: CHECK_MS, environment: runnerEnvironment };
    return checks.check({ checkId: newId('chk'), workspace, endpoint, ...found, ...shared }, signal);
  }
}
