import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { refKey, type ResourceRef } from '../../foundation/ids.ts';
import { silentLogger, type Logger } from '../../foundation/log.ts';
import { API_VERSION, type PipelineSpec, type Resource } from '../../crds/index.ts';
import type { ControllerHandle } from '../../controller/handle.ts';
import type { Plan } from '../../controller/plan/types.ts';
import type { WriteOutcome, WriteRequest } from '../../controller/write/ports.ts';
import type { Resources } from '../../controller/ports.ts';
import type { CheckResult } from '../../runner/ports.ts';
import { openLocalResources } from '../../controller/resources/local.ts';
import { openSqlite } from '../../store/sqlite/open.ts';
import type { Scope, Store } from '../../store/ports.ts';
import { keyPlace } from '../../store/secrets/key-file.ts';
import { openKeyring } from '../../store/secrets/keyring.ts';
import { rotateKey } from '../../store/secrets/rotate.ts';
import { SecretStore } from '../../store/secrets/secret-store.ts';
import type { ApiDeps, ApiLimits } from '../deps.ts';
import { startApi, type RunningApi } from '../server.ts';
import { issueToken } from '../tokens.ts';
import { createClient, type Client } from './client.ts';

/** Notes what the API asks of the controller. */
export class RecordingController implements ControllerHandle {
  readonly woken: string[] = [];
  readonly planned: unknown[] = [];
  troubles: string[] = [];
  plan: Plan = { hash: 'a'.repeat(64), revision: null, changes: [], errors: [], blocked: null };

  wake(ref: ResourceRef): void {
    this.woken.push(refKey(ref));
  }
  planRevision(repositoryId: string, revision?: string): Promise<Plan> {
    this.planned.push({ repositoryId, revision });
    return Promise.resolve(this.plan);
  }
  planDocuments(text: string, options: { readonly namespace?: string }): Promise<Plan> {
    this.planned.push({ text, ...options });
    return Promise.resolve(this.plan);
  }
  readonly writes: WriteRequest[] = [];
  outcome: WriteOutcome | undefined;
  write(request: WriteRequest): Promise<WriteOutcome> {
    this.writes.push(request);
    return Promise.resolve(this.outcome ?? { form: 'applied', revision: 'c0ffee', plan: this.plan });
  }
  readonly checked: string[] = [];
  checkResult: CheckResult = { ok: true, message: 'connected' };
  check(connectionId: string): Promise<CheckResult> {
    this.checked.push(connectionId);
    return Promise.resolve(this.checkResult);
  }
  notReady(): readonly string[] {
    return this.troubles;
  }
}

export interface TestApi {
  readonly api: RunningApi;
  readonly client: Client;
  readonly store: Store;
  readonly resources: Resources;
  readonly secrets: SecretStore;
  readonly rotateKey: ApiDeps['rotateKey'];
  readonly controller: RecordingController;
  readonly dataDir: string;
  /** What the API takes as the time; tests move it. */
  readonly time: { now: number };
  /** A client with a token of its own. */
  as(token: { scopes?: Scope[]; workspaces?: string[]; environment?: string; expiresAt?: number }): Promise<Client>;
  /** Requests that go on have `graceMs` to end. */
  close(graceMs?: number): Promise<void>;
}

/** A listening API over a real store and real resources (its own, or those given) in a folder of its own, with an administrator's client. */
export async function startTestApi(
  options: {
    limits?: Partial<ApiLimits>;
    log?: Logger;
    wrapStore?: (store: Store) => Store;
    resolveReference?: ApiDeps['resolveReference'];
    access?: ApiDeps['access'];
    resources?: Resources;
    remoteOutputs?: ApiDeps['remoteOutputs'];
  } = {},
): Promise<TestApi> {
  const dataDir = await mkdtemp(join(tmpdir(), 'headgate-api-'));
  const opened = await openSqlite(join(dataDir, 'headgate.db'));
  const store = options.wrapStore?.(opened.store) ?? opened.store;
  const resources = options.resources ?? openLocalResources(opened.database);
  const controller = new RecordingController();
  const time = { now: Date.now() };
  const secrets = new SecretStore(store.secrets, openKeyring(keyPlace({ dataDir }), []), () => time.now);
  const rotate: ApiDeps['rotateKey'] = (wish) => {
    const shared = { what: 'secrets', port: store.secrets, reseal: (signal?: AbortSignal) => secrets.reseal(signal) };
    return rotateKey({ ring: secrets.ring, places: [shared], locks: store.locks, ...wish });
  };
  const api = await startApi(
    {
      resources,
      store,
      secrets,
      rotateKey: rotate,
      controller,
      environment: 'test',
      dataDir,
      log: options.log ?? silentLogger(),
      clock: () => time.now,
      version: '0.0.0-test',
      ...(options.access === undefined ? {} : { access: options.access }),
      ...(options.remoteOutputs === undefined ? {} : { remoteOutputs: options.remoteOutputs }),
      ...(options.resolveReference === undefined ? {} : { resolveReference: options.resolveReference }),
    },
    { port: 0, limits: { requestsPerSecond: 100_000, failuresPerAddress: 100_000, ...options.limits } },
  );
  const as: TestApi['as'] = async ({ scopes = ['admin'], workspaces, environment = 'test', expiresAt }) => {
    const wish = { name: 'tester', environment, scopes, workspaces: workspaces ?? null, expiresAt: expiresAt ?? null };
    const { secret, record } = issueToken(wish, time.now);
    await opened.store.tokens.create(record);
    return createClient(api.url, secret);
  };
  return {
    api,
    client: await as({}),
    store,
    resources,
    secrets,
    rotateKey: rotate,
    controller,
    dataDir,
    time,
    as,
    close: async (graceMs = 2000) => {
      await api.close(graceMs);
      await opened.store.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** A small pipeline from one file to another. */
export function pipeline(name: string, spec: Partial<PipelineSpec> = {}, metadata: object = {}): Resource<'Pipeline'> {
  return {
    apiVersion: API_VERSION,
    kind: 'Pipeline',
    metadata: { name, namespace: 'default', ...metadata },
    spec: {
      source: { connector: 'file', settings: { path: 'in.csv' } },
      destination: { connector: 'file', settings: { path: 'out.parquet' } },
      ...spec,
    },
  };
}

/** Applies resources as a sync would. */
export async function declare(resources: Resources, ...declared: Resource[]): Promise<void> {
  const origin = { repositoryId: 'rp_test', file: 'pipelines/all.yaml', line: 3 };
  await resources.apply(
    declared.map((resource) => ({ action: 'apply' as const, resource, revision: 'c0ffee', origin })),
  );
}
