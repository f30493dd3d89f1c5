/** A disk that is full below the store: refusals, nothing lost, and all goes on by itself. */
import { rm, statfs, writeFile } from 'node:fs/promises';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mountSmallDisk } from '../../store/sqlite/small-disk.ts';
import { eventually } from '../server.ts';
import { localHost, PIPELINE, streamLab, type LocalHost, type StreamLab } from '../streams.ts';

const reason = ((): string | null => {
  const probe = mountSmallDisk(1);
  if (typeof probe === 'string') return probe;
  probe.unmount();
  return null;
})();

describe.skipIf(reason !== null)(`a full disk${reason === null ? '' : ` (skipped: ${reason})`}`, () => {
  let lab: StreamLab;
  let local: LocalHost;
  let disk: Exclude<ReturnType<typeof mountSmallDisk>, string>;
  beforeEach(() => {
    const mounted = mountSmallDisk(96);
    if (typeof mounted === 'string') throw new Error(mounted);
    disk = mounted;
    local = localHost();
  });
  afterEach(async () => {
    await local.host.drain(0);
    await lab.close();
    disk.unmount();
  });

  const ballast = (): string => join(disk.path, 'ballast');
  /** Takes the space of the disk but for so many bytes. */
  const fill = async (left: number): Promise<void> => {
    const { bavail, bsize } = await statfs(disk.path);
    await writeFile(ballast(), Buffer.alloc(Math.max(0, bavail * bsize - left)));
  };
  const exceptions = async (): Promise<number> =>
    (await lab.store.events.list({ pipelineIds: [PIPELINE], status: 'failed' }, 10)).events.length;
  const large = (n: number): { payload: string } => ({ payload: JSON.stringify({ n, text: 'x'.repeat(1000) }) });
  const numbersIn = (folder: string): readonly number[] =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.ndjson'))
      .sort()
      .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'))
      .filter((line) => line !== '')
      .map((line) => (JSON.parse(line) as { n: number }).n);

  it('below the store refuses events, and delivers all that were accepted', async () => {
    lab = await streamLab(`sqlite:${join(disk.path, 'headgate.db')}`);
    const destinations = [{ connector: 'file', settings: { path: 'out/all.ndjson' } }];
    // Many commits, so that some meet the full disk.
    const assignment = lab.assignment({ destinations, batch: { size: 10 } });
    let accepted = 0;
    /** Appends until the store refuses, and answers why. */
    const untilRefused = async (): Promise<unknown> => {
      for (;;) {
        try {
          await lab.append(50, accepted, large);
          accepted += 50;
        } catch (error) {
          return error;
        }
      }
    };
    await lab.append(50, accepted, large);
    accepted += 50;
    local.host.start(assignment, 'h');
    await lab.settled(accepted);
    await fill(35 * 2 ** 20);
    expect(await untilRefused()).toMatchObject({ code: 'store_full', retryable: true });
    expect(accepted).toBeGreaterThan(500);
    // All of it is gone while events are delivered.
    await writeFile(join(disk.path, 'last'), Buffer.alloc(96 * 2 ** 20)).catch(() => undefined);
    expect(await untilRefused()).toMatchObject({ code: 'store_full', retryable: true });
    const between = await lab.committed();
    const other = localHost();
    other.host.start({ ...assignment, pipeline: { ...assignment.pipeline, id: 'pl_new' } }, 'h');
    expect((await other.said.until('waiting', 'pl_new')).error?.code).toBe('store_full');
    await rm(join(disk.path, 'last'));
    await rm(ballast());
    await eventually('the store takes events again', () => lab.append(50, accepted, large).catch(() => null));
    accepted += 50;
    await lab.settled(accepted, PIPELINE, 30_000);
    await other.said.until('running', 'pl_new', 40_000);
    await other.host.drain(1000);
    expect(between).toBeLessThan(accepted);
    expect(await exceptions()).toBe(0);
    const delivered = numbersIn(join(lab.dataDir, 'files/out'));
    expect([...new Set(delivered)]).toEqual(Array.from({ length: accepted }, (_, n) => n));
    // A batch comes twice only where its lease ran out before the store took the offset.
    expect(delivered.length - accepted).toBeLessThanOrEqual(10);
  });
});
