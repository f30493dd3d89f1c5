import { afterAll, beforeAll, expect, test } from 'vitest';
import { installation, type Installation } from '../engine/testing.ts';

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
