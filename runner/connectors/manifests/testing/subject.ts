/** For tests: a shipped connector against a local server that answers like the API. */
import { afterEach, beforeEach } from 'vitest';
import { testContext } from '../../../../test/connector-context.ts';
import { startHttpServer, type SeenRequest, type TestHttpServer } from '../../../../test/servers/http.ts';
import { installation, type Installation } from '../../../engine/testing.ts';
import type { CheckResult, EventMeta, Row, StreamRecord, StreamWriteResult } from '../../../ports.ts';
import { resolveSettings } from '../../../settings.ts';
import { findConnector } from '../../index.ts';

export interface Subject {
  /** Started anew for each test. */
  readonly server: () => TestHttpServer;
  /** The requests of a path, in order. */
  readonly asked: (path: string) => readonly SeenRequest[];
  /** What a run of the real engine writes to a file when it reads a stream. */
  readonly read: (stream: string, settings: object, more?: Reading) => Promise<readonly Row[]>;
  /** A run of the real engine that writes rows; throws what it failed for. */
  readonly load: (action: string | undefined, settings: object, rows: readonly Row[], more?: Loading) => Promise<void>;
  readonly stream: (
    action: string | undefined,
    settings: object,
    records: readonly StreamRecord[],
  ) => Promise<StreamWriteResult>;
  readonly check: (settings: object) => Promise<CheckResult>;
}

export interface Reading {
  readonly incremental?: { readonly cursor: string; readonly initial?: string };
}

export interface Loading {
  readonly mode?: 'append' | 'upsert';
  readonly key?: readonly string[];
  readonly attempts?: number;
}

export const event = (id: string, row: Row, meta: Partial<EventMeta> = {}): StreamRecord => ({
  row,
  event: { id, type: 'order.created', key: null, receivedAt: 1_700_000_000_000, replay: null, ...meta },
});

/** Call it at the top level of a test file. */
export function subject(name: string): Subject {
  let server: TestHttpServer;
  let engine: Installation;
  beforeEach(async () => {
    server = await startHttpServer();
    engine = await installation();
  });
  afterEach(async () => {
    await engine.close();
    await server.idle();
    await server.close();
  });
  const retry = (attempts: number) => ({ attempts, initial: 5, max: 50, jitter: false });
  const settingsOf = (settings: object): Record<string, unknown> => ({ baseUrl: server.url, ...settings });
  const connector = () => findConnector(name)!;
  const checked = (settings: object) => resolveSettings(connector(), settingsOf(settings), { pointer: '' });
  return {
    server: () => server,
    asked: (path) => server.requests.filter((request) => request.path === path),
    read: async (stream, settings, more = {}) => {
      const outcome = await engine.run({
        sources: [{ connector: name, settings: settingsOf(settings), stream, ...more }],
        destinations: [{ connector: 'file', settings: { path: 'out.json', format: 'ndjson' } }],
        retry: retry(4),
      });
      if (outcome.error !== null && outcome.error !== undefined) throw new Error(outcome.error.message);
      const text = await engine.read('out.json');
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Row);
    },
    load: async (action, settings, rows, { mode = 'append', key = [], attempts = 4 } = {}) => {
      await engine.put('in.json', rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
      const outcome = await engine.run({
        sources: [{ connector: 'file', settings: { path: 'in.json', format: 'ndjson' } }],
        destinations: [
          {
            connector: name,
            settings: settingsOf(settings),
            mode,
            key,
            ...(action === undefined ? {} : { stream: action }),
          },
        ],
        retry: retry(attempts),
      });
      if (outcome.error !== null && outcome.error !== undefined) throw new Error(outcome.error.message);
    },
    stream: async (action, settings, records) => {
      const request = { mode: 'append' as const, key: [], include: [], pipelineId: 'pl_1' };
      const destination = connector().destination!(checked(settings), testContext());
      const writer = await destination.stream!(action === undefined ? request : { ...request, stream: action });
      try {
        return await writer.write(records, new AbortController().signal);
      } finally {
        await writer.close();
      }
    },
    check: (settings) => connector().check(checked(settings), testContext()),
  };
}
