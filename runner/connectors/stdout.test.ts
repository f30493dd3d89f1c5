import { afterAll, beforeAll, expect, test } from 'vitest';
import { installation, type Installation } from '../engine/testing.ts';
import type { ConnectorContext } from '../ports.ts';
import { stdout } from './stdout.ts';

let here: Installation;
beforeAll(async () => {
  here = await installation();
});
afterAll(() => here.close());

test('shows the first records in the log, and counts the rest', async () => {
  await here.put('in.ndjson', '{"id": 1, "big": 9007199254740993, "tags": ["a"]}\n{"id": 2}\n{"id": 3}\n');
  const outcome = await here.run({
    sources: [{ connector: 'file', settings: { path: 'in.ndjson' } }],
    destinations: [{ connector: 'stdout', settings: { limit: 2 }, mode: 'append' }],
  });
  expect(outcome).toMatchObject({ status: 'success', rowsLoaded: 3 });
  const [run] = await here.store.runs.list({ limit: 1 });
  const lines = (await here.logs(run!.id)).split('\n');
  expect(lines).toContain('{"id":1,"big":"9007199254740993","tags":["a"]}');
  expect(lines).toContain('{"id":2,"big":null,"tags":null}');
  expect(lines).not.toContain('{"id":3,"big":null,"tags":null}');
  expect(lines).toContain('… and 1 more records');
});

test('shows bytes as base 64', async () => {
  const outcome = await here.run({
    sources: [{ connector: 'file', settings: { path: 'in.ndjson' } }],
    transforms: [{ sql: "select 'ab'::blob as raw from input limit 1" }],
    destinations: [{ connector: 'stdout', mode: 'append' }],
  });
  expect(outcome.error).toBeUndefined();
  const [run] = await here.store.runs.list({ limit: 1 });
  expect(await here.logs(run!.id)).toContain('{"raw":"YWI="}');
});

test('of a stream shows so many records in a minute, and counts the rest at the end', async () => {
  const lines: string[] = [];
  const ctx = { log: (_level: string, message: string) => lines.push(message) } as unknown as ConnectorContext;
  const writer = await stdout.destination!({ limit: 2 }, ctx).stream!({
    mode: 'append',
    key: [],
    include: [],
    pipelineId: 'pl_test',
  });
  const batch = [1, 2, 3].map((id) => ({
    row: { id },
    event: { id: `ev_${id}`, type: 'test', key: null, receivedAt: 0, replay: null },
  }));
  const never = new AbortController().signal;
  expect(await writer.write(batch.slice(0, 1), never)).toEqual({ failed: [] });
  await writer.write(batch, never);
  expect(lines).toEqual(['{"id":1}', '{"id":1}']);
  await writer.close();
  expect(lines.at(-1)).toBe('… and 2 more records');
  await expect(writer.write(batch, AbortSignal.abort(new Error('called off')))).rejects.toThrow('called off');
});
