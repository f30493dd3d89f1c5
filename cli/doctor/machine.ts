/** What this machine must have: programs, space, and a folder to write to. */
import { execFile } from 'node:child_process';
import { access, constants, mkdtemp, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { inspectStore } from '../../store/open.ts';
import { bytes } from '../output/figures.ts';
import { fail, ok, warn, type Check } from './check.ts';

const NODE_MAJOR = 24;
/** Partial clones, which the mirrors are, work well since then. */
const GIT_MINIMUM = [2, 25] as const;
const SPACE_WARN = 1_000_000_000;
const SPACE_FAIL = 100_000_000;

export const nodeCheck: Check = {
  name: 'node',
  run: () => {
    const { node } = process.versions;
    const good = Number(node.split('.')[0]) >= NODE_MAJOR;
    return Promise.resolve(good ? ok(node) : fail(`${node} is too old`, `use Node ${NODE_MAJOR} or newer`));
  },
};

export const gitCheck: Check = {
  name: 'git',
  run: async ({ cli }) => {
    const found = await promisify(execFile)('git', ['--version'], { timeout: 10_000, signal: cli.signal }).catch(
      () => null,
    );
    if (found === null) return fail('git was not found', 'install git, and see that it is in PATH');
    const [, version, major, minor] = /(([0-9]+)\.([0-9]+)[0-9.]*)/.exec(found.stdout) ?? [];
    const [wantedMajor, wantedMinor] = GIT_MINIMUM;
    const good = Number(major) > wantedMajor || (Number(major) === wantedMajor && Number(minor) >= wantedMinor);
    return good ? ok(version!) : fail(`${found.stdout.trim()} is too old`, `use git ${GIT_MINIMUM.join('.')} or newer`);
  },
};

export const dataCheck: Check = {
  name: 'data folder',
  run: async ({ dataDir }) => {
    if (!(await exists(dataDir))) {
      await access(dirname(dataDir), constants.W_OK);
      return warn(`${dataDir} does not exist`, '`headgate serve` makes it; --data or HEADGATE_DATA names another one');
    }
    const probe = await mkdtemp(join(dataDir, '.doctor-'));
    await rm(probe, { recursive: true });
    return ok(`${dataDir} is writable`);
  },
};

export const spaceCheck: Check = {
  name: 'disk space',
  run: async ({ dataDir }) => {
    const { bavail, bsize } = await statfs((await exists(dataDir)) ? dataDir : dirname(dataDir));
    const free = bavail * bsize;
    const text = `${bytes(free)} free`;
    if (free < SPACE_FAIL) return fail(text, 'free some space, or use a data folder on another disk');
    return free < SPACE_WARN ? warn(text, 'runs spill to disk and keep their outputs there') : ok(text);
  },
};

export const storeCheck: Check = {
  name: 'store',
  run: async ({ dataDir }) => {
    const path = join(dataDir, 'headgate.db');
    if (!(await exists(path))) return warn(`${path} does not exist yet`, '`headgate serve` makes it');
    const { bytes: size, schema, newest } = inspectStore(`sqlite:${path}`);
    return schema < newest
      ? warn(
          `${bytes(size)}, schema ${schema} of ${newest}`,
          '`headgate serve` brings it up to date when it starts; older versions of Headgate cannot open it then',
        )
      : ok(`${bytes(size)}, schema ${schema}`);
  },
};

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
