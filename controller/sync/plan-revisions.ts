import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { Mirror } from '../git/mirror.ts';
import { checkRemoteUrl } from '../git/url.ts';
import { plan, type Declared, type Observed } from '../plan/plan.ts';
import type { Plan } from '../plan/types.ts';
import { checkTogether } from './check.ts';
import { contents, declaringFiles, readRevision } from './read.ts';
import { folderOf } from './sync.ts';

export interface PlanBetweenOptions {
  /** A path on this machine or a URL. */
  readonly repo: string;
  /** Branches, tags or full revisions. */
  readonly from: string;
  readonly to: string;
  /** Below which folder; the whole repository when left out. */
  readonly path?: string;
  readonly inherit: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** The plan from one revision of a repository to another, without any server: what a pull request would change. */
export async function planBetween(options: PlanBetweenOptions): Promise<Plan> {
  const isUrl = isAbsolute(options.repo) || options.repo.includes('://') || /^[^/]+@[^/]+:/.test(options.repo);
  const remote = checkRemoteUrl(isUrl ? options.repo : resolve(options.repo), { localPaths: true, insecure: false });
  const dir = await mkdtemp(join(tmpdir(), 'headgate-plan-'));
  const mirror = new Mirror({ dir, remote, credentials: {}, inherit: options.inherit });
  const path = folderOf({ url: remote.url, path: options.path ?? '.' });
  const { signal } = options;
  const read = async (ref: string) => {
    const revision = await mirror.fetch(ref, signal);
    const reading = await readRevision({
      mirror,
      revision,
      files: await declaringFiles(mirror, revision, path, signal),
      cache: null,
      ...(signal === undefined ? {} : { signal }),
    });
    const checked = checkTogether(reading.entries, { ownerOf: () => null, connectorOf: () => null });
    const full = await contents(reading, mirror, checked.good, signal);
    return { revision, errors: [...reading.errors, ...checked.errors], good: checked.good, full };
  };
  try {
    const before = await read(options.from);
    const after = await read(options.to);
    return plan({
      revision: after.revision,
      declared: after.good.map((entry): Declared => ({ ...entry, content: after.full.get(entry.key) })),
      observed: before.good.map((entry): Observed => ({ ...entry, content: before.full.get(entry.key) })),
      errors: after.errors,
      prune: true,
    });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
