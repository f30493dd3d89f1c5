/** Tokens of Kubernetes service accounts: TokenReview says whose they are, SubjectAccessReview what those may do. */
import { HeadgateError, messageOf } from '../../foundation/errors.ts';
import { contentHash } from '../../foundation/ids.ts';
import type { Logger } from '../../foundation/log.ts';
import type { Cluster } from '../../controller/kubernetes/cluster.ts';
import { ACCESS_REVIEW, apiVersionOf, TOKEN_REVIEW } from '../../controller/kubernetes/object-types.ts';
import type { ObjectType } from '../../controller/kubernetes/types.ts';
import { SCOPES, type Scope, type TokenRecord } from '../../store/ports.ts';
import { hashToken } from '../tokens.ts';
import { Kept } from '../../controller/kubernetes/kept.ts';
import type { TokenAuthority } from './token-authority.ts';

export interface ServiceAccountsOptions {
  readonly cluster: Pick<Cluster, 'create'>;
  readonly environment: string;
  /** The namespaces that are served; where it names more than 200, only rights in the whole cluster count. */
  readonly namespaces: () => Promise<readonly string[]>;
  readonly log: Logger;
}

/** `status.user` of a TokenReview. */
interface User {
  readonly username: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** What a service account needs to have a scope, in the words of its Role. */
const RIGHTS: Readonly<Record<Scope, Readonly<Record<string, string>>>> = {
  read: { verb: 'get', resource: 'pipelines' },
  trigger: { verb: 'create', resource: 'runs' },
  ingest: { verb: 'create', resource: 'pipelines', subresource: 'events' },
  write: { verb: 'update', resource: 'pipelines' },
  admin: { verb: '*', resource: '*' },
};
/** Tokens are meant for us, or for whoever takes those of the API server. */
const AUDIENCE = 'headgate';
const ACCOUNT = /^system:serviceaccount:[^:]+:[^:]+$/;
const TOKEN_MS = 60_000;
const ACCESS_MS = 30_000;
const MAX_KEPT = 10_000;
const MAX_NAMESPACES = 200;
/** Tokens that are asked about at the same time: whoever sends many unknown ones must not keep the API server busy. */
const MAX_REVIEWS = 50;
const REVIEW_MS = 5000;

export class ServiceAccounts implements TokenAuthority {
  readonly #options: ServiceAccountsOptions;
  readonly #users = new Kept<User | null>(TOKEN_MS, MAX_KEPT);
  readonly #access = new Kept<boolean>(ACCESS_MS, MAX_KEPT);
  #reviews = 0;

  constructor(options: ServiceAccountsOptions) {
    this.#options = options;
  }

  recognizes(secret: string): boolean {
    const claims = claimsOf(secret);
    return claims !== null && typeof claims['sub'] === 'string' && ACCOUNT.test(claims['sub']);
  }

  async find(secret: string, scope: Scope): Promise<TokenRecord | null> {
    const expiresAt = expiryOf(secret);
    if (expiresAt !== null && expiresAt <= Date.now()) return null;
    const hash = hashToken(secret);
    try {
      const user = await this.#users.get(hash, () => this.#whose(secret));
      if (user === null) return null;
      const workspaces = await this.#workspacesOf(user, scope);
      return this.#record(user, hash, expiresAt, workspaces, await this.#scopesIn(user, scope, workspaces));
    } catch (error) {
      this.#options.log.warn({ error: messageOf(error) }, 'a token of a service account could not be looked at');
      throw new HeadgateError('unavailable', 'the Kubernetes API cannot say now what this token is good for', {
        hint: 'send it again soon; the log of the server says why',
        retryAfter: 2,
        retryable: true,
        cause: error,
      });
    }
  }

  async #whose(secret: string): Promise<User | null> {
    if (this.#reviews >= MAX_REVIEWS) throw new Error(`${MAX_REVIEWS} tokens are being looked at already`);
    this.#reviews++;
    try {
      return (
        (await this.#review({ token: secret, audiences: [AUDIENCE] })) ??
        (await this.#review({ token: secret })) ??
        null
      );
    } finally {
      this.#reviews--;
    }
  }

  async #review(spec: object): Promise<User | null> {
    const status = (await this.#ask(TOKEN_REVIEW, spec)) as { authenticated?: boolean; user?: User };
    const user = status.authenticated === true ? status.user : undefined;
    return user !== undefined && ACCOUNT.test(user.username) ? user : null;
  }

  /** Where the account has a scope; null: everywhere. */
  async #workspacesOf(user: User, scope: Scope): Promise<readonly string[] | null> {
    if (await this.#may(user, scope, null)) return null;
    const all = await this.#options.namespaces();
    if (all.length > MAX_NAMESPACES) return [];
    const allowed = await Promise.all(all.map((namespace) => this.#may(user, scope, namespace)));
    return all.filter((_namespace, index) => allowed[index]);
  }

  /** Which scopes hold in each of the workspaces in which this one does. */
  async #scopesIn(user: User, scope: Scope, workspaces: readonly string[] | null): Promise<readonly Scope[]> {
    if (workspaces?.length === 0) return [];
    const places = workspaces ?? [null];
    const hold = await Promise.all(
      SCOPES.map(async (each) => {
        if (each === scope) return true;
        for (const place of places) if (!(await this.#may(user, each, place))) return false;
        return true;
      }),
    );
    return SCOPES.filter((_scope, index) => hold[index]);
  }

  #may(user: User, scope: Scope, namespace: string | null): Promise<boolean> {
    const attributes = { group: 'headgate.dev', ...RIGHTS[scope], ...(namespace === null ? {} : { namespace }) };
    return this.#access.get(contentHash([user, attributes]), async () => {
      const { username, uid, groups = [], extra = {} } = user;
      const spec = {
        user: username,
        groups,
        extra,
        resourceAttributes: attributes,
        ...(uid === undefined ? {} : { uid }),
      };
      const status = (await this.#ask(ACCESS_REVIEW, spec)) as { allowed?: boolean };
      return status.allowed === true;
    });
  }

  async #ask(type: ObjectType, spec: object): Promise<unknown> {
    const object = { apiVersion: apiVersionOf(type), kind: type.kind, metadata: {}, spec };
    const { status } = await this.#options.cluster.create(type, object, AbortSignal.timeout(REVIEW_MS));
    return status ?? {};
  }

  #record(
    { username, uid }: User,
    hash: string,
    expiresAt: number | null,
    workspaces: readonly string[] | null,
    scopes: readonly Scope[],
  ): TokenRecord {
    return {
      // One of the account, not of the token: those are replaced every hour, and limits are those of their owner.
      id: `tok_sa_${contentHash([username, uid ?? '']).slice(0, 26)}`,
      name: username.replace('system:serviceaccount:', 'serviceaccount '),
      hash,
      prefix: '',
      scopes,
      workspaces,
      environment: this.#options.environment,
      integrationId: null,
      createdAt: 0,
      expiresAt,
      lastUsedAt: null,
      revokedAt: null,
    };
  }
}

/** What a JSON Web Token says of itself, unproven; null for anything else. */
function claimsOf(secret: string): Readonly<Record<string, unknown>> | null {
  const payload = /^[\w-]+\.([\w-]+)\.[\w-]+$/.exec(secret)?.[1];
  if (payload === undefined) return null;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    return typeof claims === 'object' && claims !== null ? (claims as Readonly<Record<string, unknown>>) : null;
  } catch {
    return null;
  }
}

function expiryOf(secret: string): number | null {
  const expires = claimsOf(secret)?.['exp'];
  return typeof expires === 'number' ? expires * 1000 : null;
}
