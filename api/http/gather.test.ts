import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { createGather } from './gather.ts';

test.each([[[]], [[5]], [[0, 3]], [[1, 1, 1]], [[1000, 24, 1]], [[70_000, 1, 70_000]]])(
  'pieces of %j bytes',
  (sizes) => {
    const gather = createGather();
    const pieces = sizes.map((size, at) => Buffer.alloc(size, at + 1));
    for (const piece of pieces) gather.add(piece);
    expect(gather.bytes().equals(Buffer.concat(pieces))).toBe(true);
  },
);

test('many tiny pieces take memory for their bytes, not for each of them', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const used = (): number => {
    collect();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const before = used();
  const gather = createGather();
  for (let n = 0; n < 200_000; n++) gather.add(Buffer.from('x'));
  expect(used() - before).toBeLessThan(5_000_000);
  expect(gather.bytes().length).toBe(200_000);
});
