/** Requests to write, for tests. */
import { expect } from 'vitest';
import type { WriteChange, WriteOutcome, WriteRequest } from '../controller/write/ports.ts';
import { API_VERSION, type PipelineSpec, type Resource } from '../crds/index.ts';
import type { ErrorCodeName } from '../foundation/errors.ts';
import { eventually, type TestServer } from './server.ts';

const SPEC: PipelineSpec = {
  source: { connector: 'file', settings: { path: 'data.csv' } },
  destination: { connector: 'file', settings: { path: 'out.csv' } },
};

export function pipelineResource(name: string, spec: Partial<PipelineSpec> = {}, namespace = 'default'): Resource {
  return { apiVersion: API_VERSION, kind: 'Pipeline', metadata: { name, namespace }, spec: { ...SPEC, ...spec } };
}

/** The file that declares `pipelineResource(name)`. */
export function pipelineText(name: string): string {
  return `apiVersion: ${API_VERSION}
kind: Pipeline
metadata:
  name: ${name}
spec:
  source: {connector: file, settings: {path: data.csv}}
  destination: {connector: file, settings: {path: out.csv}}
`;
}

export const create = (resource: Resource): WriteChange => ({ action: 'create', resource });
export const update = (resource: Resource): WriteChange => ({ action: 'update', resource });
export const remove = (name: string): WriteChange => ({
  action: 'delete',
  ref: { kind: 'Pipeline', namespace: 'default', name },
});

export function write(
  server: Pick<TestServer, 'controller'>,
  changes: readonly WriteChange[],
  options: Partial<WriteRequest> = {},
  signal: AbortSignal = AbortSignal.timeout(60_000),
): Promise<WriteOutcome> {
  const author = { name: 'Grace', email: 'grace@example.com' };
  const request = { changes, subject: 'Change', author, requestId: 'req', dryRun: false, waitMs: 15_000, ...options };
  return server.controller.write(request, signal);
}

/** Waits until a pipeline is live and answers the hash of its declaration. */
export function liveHash(server: TestServer, name: string): Promise<string> {
  return eventually(`${name} to be live`, async () => {
    const found = (await server.resources.index()).find((entry) => entry.key === `Pipeline/default/${name}`);
    return found === undefined || found.deleted ? null : found.hash;
  });
}

export async function rejected(promise: Promise<unknown>, code: ErrorCodeName, message: RegExp): Promise<void> {
  await expect(promise).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string });
}
