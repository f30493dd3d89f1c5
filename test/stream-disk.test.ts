/** A disk that is full below a destination: nothing is lost, and delivery goes on by itself. */
import { rm, statfs, writeFile } from 'node:fs/promises';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mountSmallDisk } from '../store/sqlite/small-disk.ts';
import { eventually } from './server.ts';
import { localHost, PIPELINE, streamLab, type LocalHost, type StreamLab } from './streams.ts';

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
    const mounted = mountSmallDisk(8);
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

  it.each([
    ['one file', { path: 'out/all.ndjson' }],
    ['parts', { path: 'out/', format: 'ndjson', rotate: { size: '64Ki' } }],
  ])('below a destination of %s costs no event', async (_name, settings) => {
    lab = await streamLab();
    // A whole batch does not fit, and some of its events would.
    await fill(300_000);
    const path = `${disk.path}/${settings.path}`;
    const start = { destinations: [{ connector: 'file', settings: { ...settings, path } }], allowPaths: [disk.path] };
    local.host.start(lab.assignment({ ...start, batch: { size: 200 } }), 'h');
    await lab.append(1000, 0, large);
    const waiting = await local.said.until('waiting');
    expect(waiting.error).toMatchObject({
      code: 'destination_unreachable',
      message: expect.stringContaining('no space left') as string,
    });
    await eventually('it was tried again', async () => {
      const [next] = await lab.store.events.read(PIPELINE, await lab.committed(), { events: 1, bytes: 1 });
      const attempts = await lab.store.events.attempts(next!.id);
      return attempts.filter(({ outcome }) => outcome === 'failed').length > 3;
    });
    expect(await lab.committed()).toBeLessThan(400);
    expect(await exceptions()).toBe(0);
    await rm(ballast());
    await lab.settled(1000);
    await local.said.until('running');
    expect(await exceptions()).toBe(0);
    expect(numbersIn(join(disk.path, 'out'))).toEqual(Array.from({ length: 1000 }, (_, n) => n));
  });
});
