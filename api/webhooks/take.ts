/** A notice of a forge becomes a wish for a sync of the repositories that it speaks of. */
import { refOf } from '../../crds/index.ts';
import type { StoredResource } from '../../controller/ports.ts';
import { remoteKey } from '../../controller/write/forge/address.ts';
import { HeadgateError, messageOf } from '../../foundation/errors.ts';
import { newId } from '../../foundation/ids.ts';
import { networkOf } from '../access/address.ts';
import type { RouteDeps, Slots } from '../deps.ts';
import type { WrongSignatures } from '../ingest/webhook.ts';
import { deliveryKey, type Deliveries } from './deliveries.ts';
import { readNotice, type Header, type Notice, type Provider } from './push.ts';
import { isSigned } from './signature.ts';

export interface WebhookState {
  readonly deliveries: Deliveries;
  readonly wrong: WrongSignatures;
  /** Requests at the same time. */
  readonly slots: Slots;
}

export interface WebhookRequest {
  readonly provider: Provider;
  readonly header: Header;
  /** The body as it comes; read once. */
  readonly bytes: () => Promise<Buffer>;
  readonly address: string;
}

export interface Taken {
  /** Ids of the repositories that are fetched. */
  readonly repositories: readonly string[];
  /** The same delivery came before, and nothing is done again. */
  readonly repeated: boolean;
}

/** Secrets of repositories with other addresses that a signature is compared with: one webhook may serve a whole group. */
const MAX_OTHER_SECRETS = 20;

/**
 * Who does not sign with the secret of any repository learns nothing: not even which there are. Throws `signature_invalid`,
 * `rate_limited`, `invalid_request`, `payload_too_large`, `request_timeout`, `unavailable`.
 */
export async function takeNotice(request: WebhookRequest, state: WebhookState, deps: RouteDeps): Promise<Taken> {
  const release = state.slots.take();
  try {
    const { provider, header } = request;
    const body = await request.bytes();
    const value = parse(body, header('content-type') ?? '');
    const notice = value === undefined ? { urls: [], branches: [] } : readNotice(provider, value, header);
    const signed = await signedBy(request, body, notice, deps);
    if (signed === null) throw refused(request, state, deps);
    if (value === undefined) throw new HeadgateError('invalid_request', 'the body is not JSON');
    const key = deliveryKey(provider, body, header);
    const before = key === null ? undefined : state.deliveries.find(key, deps.clock());
    if (before !== undefined) return { repositories: before, repeated: true };
    const wanted = signed.filter((stored) => follows(stored, notice, deps.environment));
    await requestSyncs(wanted, provider, deps);
    const repositories = wanted.map(({ id }) => id);
    if (key !== null) state.deliveries.keep(key, repositories, deps.clock());
    return { repositories, repeated: false };
  } finally {
    release();
  }
}

/** GitHub sends JSON or, as its form proposes, a form field with JSON in it. Undefined for anything else. */
function parse(body: Buffer, contentType: string): unknown {
  const text = body.toString('utf8');
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(contentType);
  try {
    return JSON.parse(isForm ? (new URLSearchParams(text).get('payload') ?? '') : text) as unknown;
  } catch {
    return undefined;
  }
}

type Repository = StoredResource<'Repository'>;

/**
 * The repositories of the notice whose secret it is signed with; none when it is signed with that of another one; null when
 * with no secret at all.
 */
async function signedBy(
  { provider, header }: WebhookRequest,
  body: Buffer,
  notice: Notice,
  deps: RouteDeps,
): Promise<Repository[] | null> {
  const all = (await deps.resources.list({ kind: 'Repository' })).filter(
    ({ resource }) => resource.spec.webhook !== undefined,
  );
  const keys = new Set(notice.urls.map(remoteKey));
  const named = all.filter(({ resource }) => keys.has(remoteKey(resource.spec.url)));
  const signs = async (stored: Repository): Promise<boolean> => {
    const secret = await secretOf(stored, deps);
    return secret !== null && isSigned(provider, body, header, secret);
  };
  const results = await Promise.all(named.map(signs));
  const signed = named.filter((_, index) => results[index]);
  if (signed.length > 0) return signed;
  const others = new Map(
    all
      .filter((stored) => !named.includes(stored))
      .map((stored) => [`${stored.resource.metadata.namespace} ${stored.resource.spec.webhook!.secret}`, stored]),
  );
  for (const stored of [...others.values()].slice(0, MAX_OTHER_SECRETS)) if (await signs(stored)) return [];
  return null;
}

async function secretOf({ resource }: Repository, deps: RouteDeps): Promise<string | null> {
  const { name, namespace } = resource.metadata;
  const unusable = (reason: string): null => {
    deps.log.warn({ repository: name, workspace: namespace, reason }, 'webhooks of a repository cannot be checked');
    return null;
  };
  if (deps.resolveReference === undefined) return unusable('this server resolves no references');
  try {
    const secret = await deps.resolveReference(resource.spec.webhook!.secret, {}, namespace);
    return secret === '' ? unusable('the secret is empty') : secret;
  } catch (error) {
    return unusable(messageOf(error));
  }
}

function refused(request: WebhookRequest, state: WebhookState, deps: RouteDeps): HeadgateError {
  state.wrong.count(`webhook ${networkOf(request.address)}`, deps.clock());
  return new HeadgateError('signature_invalid', 'the request is not signed with the secret of any repository', {
    hint: 'set the same secret at the forge and in `spec.webhook.secret`',
  });
}

function follows({ resource, deletedAt }: Repository, notice: Notice, environment: string): boolean {
  const { branch = 'main', suspend, environment: theirs } = resource.spec;
  if (deletedAt !== null || suspend === true || (theirs !== undefined && theirs !== environment)) return false;
  // Which branch `HEAD` is, the remote alone knows.
  return branch === 'HEAD'
    ? notice.branches.length > 0
    : notice.branches.includes(branch.replace(/^refs\/heads\//, ''));
}

/** Where enough requests wait already, they will be served after this one as well. */
async function requestSyncs(repositories: readonly Repository[], provider: Provider, deps: RouteDeps): Promise<void> {
  if (repositories.length === 0) return;
  const waiting = await deps.store.syncs.requests();
  for (const stored of repositories) {
    const count = waiting.filter(({ repositoryId }) => repositoryId === stored.id).length;
    if (count < deps.limits.pendingSyncs) {
      await deps.store.syncs.request({
        id: newId('sr'),
        repositoryId: stored.id,
        by: `webhook of ${provider}`,
        allowPrune: false,
        requestedAt: deps.clock(),
      });
    }
    deps.controller.wake(refOf(stored.resource));
  }
}
