import { afterAll, beforeAll, expect, test } from 'vitest';
import { declare, startTestApi, type TestApi } from '../testing/harness.ts';
import { pipelineId, stream } from '../testing/stream.ts';
import { createTargets, MAX_REMEMBERED } from './targets.ts';

let t: TestApi;
beforeAll(async () => {
  t = await startTestApi();
  await declare(t.resources, stream('orders'));
});
afterAll(() => t.close());

test('made-up ids push out no pipeline, whose limit would begin anew', async () => {
  const targets = createTargets({ resources: t.resources, clock: () => t.time.now });
  try {
    const found = await targets.findSigned(pipelineId('orders'), undefined);
    for (let n = 0; n <= MAX_REMEMBERED; n++) {
      await expect(async () => targets.findSigned(`pl_${n}`, undefined)).rejects.toMatchObject({ code: 'not_found' });
    }
    expect(targets.findSigned(pipelineId('orders'), undefined)).toBe(found);
  } finally {
    targets.close();
  }
});
