/** A stream host against a real event log, real destinations, and in a process of its own. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hostProcess, PIPELINE, streamLab, type StreamLab } from './streams.ts';
import { startHttpServer, type TestHttpServer } from './servers/http.ts';
import { text } from './servers/http-behaviours.ts';

let lab: StreamLab;
let server: TestHttpServer;
beforeEach(async () => {
  lab = await streamLab();
  server = await startHttpServer({ '/in': text('', {}, 204) });
});
afterEach(async () => {
  await server.close();
  await lab.close();
});

const received = (): readonly unknown[] =>
  server.requests.flatMap(({ body }) =>
    body
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as unknown),
  );
const ndjson = { url: '', write: { per: 'batch', body: 'ndjson' } };

describe('the process', () => {
  it('brings events through transforms to a destination, and stores the offset', async () => {
    await lab.append(250);
    const process = hostProcess();
    process.send({
      type: 'start',
      hash: 'h1',
      assignment: lab.assignment({
        transforms: [{ filter: 'n % 2.0 == 0.0' }, { rename: { n: 'number' } }],
        destinations: [
          {
            connector: 'http',
            settings: { ...ndjson, url: server.url },
            stream: 'in',
            include: ['event_type'],
          },
        ],
      }),
    });
    await lab.settled(250);
    await lab.append(2, 250);
    await lab.settled(252);
    const numbers = Array.from({ length: 126 }, (_, index) => ({ number: index * 2, event_type: 'test' }));
    expect(received()).toEqual(numbers);
    process.send({ type: 'stop', pipelineId: PIPELINE, deadlineMs: 5000 });
    await process.said.until('ended');
    expect(process.said.states.map(({ state, hash }) => `${state} ${hash}`)).toEqual([
      'starting h1',
      'running h1',
      'draining h1',
      'ended h1',
    ]);
    process.send({ type: 'drain', deadlineMs: 5000 });
    expect(await process.ended).toBe(0);
  });
});
