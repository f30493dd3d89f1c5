import { expect, it } from 'vitest';
import { parseReport } from './reports.ts';

const entry = (name: string, text: string | null) => {
  const bytes = text === null ? null : Buffer.from(text);
  return { name, size: bytes?.length ?? 0, expiresAt: 99, bytes };
};

it('reads what a Pod says', () => {
  const said = { state: 'waiting', hash: 'h', since: 7, error: { code: 'destination_failed', message: 'm' } };
  expect(parseReport(entry('stream-state/pl_a/pod-1', JSON.stringify({ ...said, more: 1 })))).toEqual({
    pipelineId: 'pl_a',
    report: { ...said, pod: 'pod-1', expiresAt: 99 },
  });
});

it.each([
  ['of no Pod', 'stream-state/pl_a', '{"state":"running","hash":"h","since":1}'],
  ['too large to be one', 'stream-state/pl_a/p', null],
  ['no JSON', 'stream-state/pl_a/p', '{'],
  ['nothing', 'stream-state/pl_a/p', 'null'],
  ['without a state', 'stream-state/pl_a/p', '{"hash":"h","since":1}'],
  ['without a hash', 'stream-state/pl_a/p', '{"state":"running","since":1}'],
  ['with a time of another form', 'stream-state/pl_a/p', '{"state":"running","hash":"h","since":"1"}'],
])('what is %s counts for nothing', (_, name, text) => {
  expect(parseReport(entry(name, text))).toBeNull();
});
