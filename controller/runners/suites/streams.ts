/** What every platform of streams must do: processes of this machine, Deployments of a cluster. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../../test/server.ts';
import { startHttpServer, type Behaviour, type TestHttpServer } from '../../../test/servers/http.ts';
import type { StreamLab } from '../../../test/streams.ts';
import type { StreamInfo, Streams, WantedStream } from '../../ports.ts';

export interface StreamsSubject {
  readonly streams: Streams;
  /** The event log that they deliver from. */
  readonly lab: StreamLab;
  /** The address of this machine that they reach. */
  readonly host: string;
  /** Declares a pipeline that posts each event to the URL, where the platform wants one to be declared. */
  declare(name: string, url: string): Promise<Omit<WantedStream, 'hash'>>;
  /** Ends whatever delivers the stream by force. */
  kill(pipelineId: string): Promise<void>;
  close(): Promise<void>;
}

export interface SuiteTimes {
  /** Within which a stream that was asked for delivers, and a new one takes over from one that was killed, in milliseconds. */
  readonly startMs: number;
  /** For each test. */
  readonly testMs: number;
}

const DRAIN_MS = 20_000;

/** `fresh` opens a platform without any stream. */
export function streamsSuite(name: string, times: SuiteTimes, fresh: () => Promise<StreamsSubject>): void {
  describe(`streams: ${name}`, { timeout: times.testMs }, () => {
    let subject: StreamsSubject;
    let streams: Streams;
    let lab: StreamLab;
    let http: TestHttpServer;
    /** Resolved: the destination answers. */
    let gate: PromiseWithResolvers<void>;
    /** What it answers with. */
    let status: number;
    let declared: Omit<WantedStream, 'hash'>;
    let id: string;

    beforeEach(async () => {
      subject = await fresh();
      ({ streams, lab } = subject);
      gate = Promise.withResolvers<void>();
      gate.resolve();
      status = 204;
      const behaviour: Behaviour = async (_, response) => {
        await gate.promise;
        response.writeHead(status).end();
      };
      http = await startHttpServer({ '/': behaviour }, subject.host);
      declared = await subject.declare('orders', http.url);
      id = declared.assignment.pipeline.id;
    }, times.testMs);
    afterEach(async () => {
      gate.resolve();
      await subject.close();
      await http.close();
    }, times.testMs);

    const ensure = (hash: string): Promise<void> => streams.ensure({ ...declared, hash }, DRAIN_MS);
    const send = (count: number, from = 0): Promise<unknown> => lab.append(count, from, () => ({ pipelineId: id }));
    const settled = (offset: number): Promise<void> => lab.settled(offset, id, times.startMs);
    const numbers = (): readonly number[] => http.requests.map(({ body }) => (JSON.parse(body) as { n: number }).n);
    const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n);
    const is = (state: StreamInfo['state'] | 'gone'): Promise<unknown> =>
      eventually(`${id} to be ${state}`, async () => (streams.get(id)?.state ?? 'gone') === state, times.startMs);

    it('starts, is listed with its state, delivers, and is gone once it was stopped', async () => {
      const told: string[] = [];
      streams.onChange((pipelineId) => told.push(`${pipelineId} ${streams.get(pipelineId)?.state ?? 'gone'}`));
      expect(streams.list()).toEqual([]);
      await ensure('h1');
      expect(streams.get(id)).toMatchObject({ pipelineId: id, hash: 'h1', state: 'starting' });
      await send(3);
      await settled(3);
      await is('running');
      expect(streams.list()).toEqual([streams.get(id)]);
      await ensure('h1');
      expect(streams.get(id)).toMatchObject({ hash: 'h1', state: 'running' });
      await streams.stop(id, DRAIN_MS);
      expect(streams.list()).toEqual([]);
      expect(numbers()).toEqual([0, 1, 2]);
      expect(told).toEqual(expect.arrayContaining([`${id} running`, `${id} draining`]));
      expect(told.at(-1)).toBe(`${id} gone`);
    });

    it('stopping what does not run is no error', async () => {
      await streams.stop('pl_unknown', 1000);
    });

    it('ends what is under way when it is stopped, and leaves the rest', async () => {
      gate = Promise.withResolvers<void>();
      await ensure('h1');
      await send(2);
      await eventually('the first request', async () => http.requests.length > 0, times.startMs);
      const stopped = streams.stop(id, DRAIN_MS);
      await is('draining');
      expect(await lab.committed(id)).toBe(0);
      gate.resolve();
      await stopped;
      const taken = numbers();
      expect(await lab.committed(id)).toBe(taken.length);
      await ensure('h2');
      await settled(2);
      expect(streams.get(id)?.hash).toBe('h2');
      expect(numbers()).toEqual([0, 1]);
    });

    it('ends by force what does not end in time; nothing of it counts', async () => {
      gate = Promise.withResolvers<void>();
      await ensure('h1');
      await send(1);
      await eventually('the first request', async () => http.requests.length > 0, times.startMs);
      await streams.stop(id, 200);
      expect(streams.list()).toEqual([]);
      expect(await lab.committed(id)).toBe(0);
      gate.resolve();
      await ensure('h1');
      await settled(1);
    });

    it('tells why it waits, and when it goes on', async () => {
      status = 503;
      await ensure('h1');
      await send(1);
      await is('waiting');
      expect(streams.get(id)?.error).toMatchObject({ code: 'destination_unreachable' });
      status = 204;
      await is('running');
      await settled(1);
    });

    it('goes on with another definition: every event once, in order', async () => {
      await ensure('h1');
      await is('running');
      const total = 300;
      const sending = (async () => {
        for (let from = 0; from < total; from += 10) {
          await send(10, from);
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      })();
      await eventually('some events', async () => http.requests.length > 20, times.startMs);
      await ensure('h2');
      expect(streams.get(id)?.hash).toBe('h2');
      await sending;
      await settled(total);
      expect(numbers()).toEqual(upTo(total));
      await is('running');
      expect(streams.get(id)?.hash).toBe('h2');
    });

    it('goes on when what delivers it is killed: every event, in order, and twice only what was under way', async () => {
      const off = streams.onChange((pipelineId) => {
        // As the controller does.
        if (streams.get(pipelineId) === undefined) void ensure('h1');
      });
      await ensure('h1');
      await is('running');
      await send(100);
      await eventually('some events', async () => http.requests.length > 20, times.startMs);
      await subject.kill(id);
      await send(100, 100);
      await settled(200);
      off();
      const seen = numbers();
      expect([...new Set(seen)]).toEqual(upTo(200));
      // One event is under way at a time, and one confirmed batch may not have been committed.
      const steps = seen.slice(1).map((n, index) => n - seen[index]!);
      expect(steps.filter((step) => step !== 1).length).toBeLessThanOrEqual(1);
    });
  });
}
