/** What every platform of runners must do. Local processes pass it, and Kubernetes Jobs will have to. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../foundation/ids.ts';
import type { RunAssignment } from '../../runner/spec.ts';
import { openStore } from '../../store/open.ts';
import type { RunRecord, Store } from '../../store/ports.ts';
import { startHttpServer, type TestHttpServer } from '../../test/servers/http.ts';
import type { RunnerExit, Runners } from '../ports.ts';

export interface RunnersSubject {
  readonly runners: Runners;
  /** How many runs may go on at once: 2 or more. */
  readonly maxRunners: number;
}

const LEASE_MS = 10_000;

/** `fresh` opens a platform without any run. The suite closes it. */
export function runnersSuite(name: string, fresh: () => Promise<RunnersSubject>): void {
  describe(`runners: ${name}`, () => {
    let subject: RunnersSubject;
    let store: Store;
    let dataDir: string;
    let http: TestHttpServer;
    let open: () => void;
    let exits: RunnerExit[];

    beforeEach(async () => {
      dataDir = await mkdtemp(join(tmpdir(), 'headgate-runners-'));
      store = await openStore(`sqlite:${join(dataDir, 'headgate.db')}`);
      const gate = Promise.withResolvers<void>();
      open = gate.resolve;
      http = await startHttpServer({
        '/gated': async (_, response) => {
          await gate.promise;
          response.writeHead(200, { 'content-type': 'application/json' }).end('[{"id":1}]');
        },
        '/quick': (_, response) =>
          void response.writeHead(200, { 'content-type': 'application/json' }).end('[{"id":1}]'),
      });
      subject = await fresh();
      exits = [];
      subject.runners.onExit((exit) => exits.push(exit));
    });
    afterEach(async () => {
      open();
      await subject.runners.close(0);
      await http.close();
      await store.close();
      await rm(dataDir, { recursive: true, force: true });
    });

    /** Claims a run and starts it, as the dispatcher does. */
    async function start(path: string): Promise<RunRecord> {
      const id = newId('run');
      await store.runs.create({
        id,
        workspace: 'default',
        pipeline: 'p',
        pipelineId: 'pl_p',
        triggeredBy: 'manual',
        fullRefresh: false,
        dryRun: false,
        variables: {},
        createdAt: Date.now(),
      });
      const now = Date.now();
      const claim = { runner: subject.runners.runnerId, revision: 'r', generation: 1, now, leaseUntil: now + LEASE_MS };
      const run = (await store.runs.claim(id, claim))!;
      await subject.runners.start(assignment(run, path), { resources: {}, podTemplate: {} });
      return run;
    }

    function assignment(run: RunRecord, path: string): RunAssignment {
      return {
        runId: run.id,
        attempt: run.attempt,
        fullRefresh: false,
        dryRun: false,
        pipeline: {
          id: 'pl_p',
          workspace: 'default',
          name: 'p',
          generation: 1,
          revision: 'r',
          sources: [
            { name: 'input', connector: 'http', settings: { url: `${http.url}${path}` }, pointer: '/spec/source' },
          ],
          transforms: [],
          destinations: [
            {
              name: 'destination',
              connector: 'file',
              settings: { path: `${run.id}.ndjson` },
              mode: 'overwrite',
              key: [],
              pointer: '/spec/destination',
            },
          ],
          retry: { attempts: 1, initial: 10, max: 10, jitter: false },
          timeoutMs: 60_000,
          variables: {},
          files: {},
        },
        environment: {
          store: `sqlite:${join(dataDir, 'headgate.db')}`,
          dataDir,
          allowPaths: [],
          allowNetworks: ['127.0.0.0/8'],
          leaseMs: LEASE_MS,
        },
      };
    }

    const exitOf = (run: RunRecord) =>
      expect.poll(() => exits.filter((exit) => exit.runId === run.id), { timeout: 15_000 }).toHaveLength(1);
    const gated = (count: number) => expect.poll(() => http.requests.length, { timeout: 15_000 }).toBe(count);
    const statusOf = async (run: RunRecord) => (await store.runs.get(run.id))?.status;

    it('runs what it is given, and tells when that is over', async () => {
      const run = await start('/quick');
      await exitOf(run);
      expect(await statusOf(run)).toBe('success');
      expect(await readFile(join(dataDir, 'files', `${run.id}.ndjson`), 'utf8')).toBe('{"id":1}\n');
      expect(await subject.runners.list()).toEqual([]);
    });

    it('lists what goes on, and counts it against its capacity', async () => {
      expect(subject.runners.capacity()).toBe(subject.maxRunners);
      const runs = [await start('/gated'), await start('/gated')];
      await gated(2);
      expect((await subject.runners.list()).map((runner) => runner.runId).sort()).toEqual(
        runs.map((run) => run.id).sort(),
      );
      expect(subject.runners.capacity()).toBe(subject.maxRunners - 2);
      open();
      for (const run of runs) await exitOf(run);
      expect(subject.runners.capacity()).toBe(subject.maxRunners);
    });

    it('stops one run within the deadline, and leaves the others alone', async () => {
      const [stopped, other] = [await start('/gated'), await start('/gated')];
      await gated(2);
      await subject.runners.stop(stopped.id, 10_000);
      await exitOf(stopped);
      expect(await statusOf(stopped)).toBe('cancelled');
      expect(await statusOf(other)).toBe('running');
      open();
      await exitOf(other);
      expect(await statusOf(other)).toBe('success');
    });

    it('ends by force what does not stop, and says so', async () => {
      const run = await start('/gated');
      await gated(1);
      await subject.runners.stop(run.id, 0);
      await exitOf(run);
      expect(exits[0]?.reason).not.toBe('');
      // Its record is for the dispatcher to close: nobody else knows that the runner is gone.
      expect(await statusOf(run)).toBe('running');
    });

    it('stopping what does not run is no error', async () => {
      await subject.runners.stop('run_unknown', 1000);
    });

    it('closes: what runs may end within the deadline', async () => {
      const run = await start('/gated');
      await gated(1);
      const closed = subject.runners.close(15_000);
      expect(subject.runners.capacity()).toBe(0);
      open();
      await closed;
      expect(await statusOf(run)).toBe('success');
    });
  });
}
