import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StoreFixture } from '../suites/fixture.ts';

/** An SQLite file in a folder of its own, for tests. It does not exist before it is opened. */
export interface TemporaryStore extends StoreFixture {
  readonly folder: string;
  readonly path: string;
}

export async function temporaryStore(): Promise<TemporaryStore> {
  const folder = await mkdtemp(join(tmpdir(), 'headgate-store-'));
  const path = join(folder, 'headgate.db');
  return { folder, path, url: `sqlite:${path}`, dispose: () => rm(folder, { recursive: true, force: true }) };
}
