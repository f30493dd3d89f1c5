/** Several controllers and a person write to one branch at the same time: what was acknowledged is in the history once. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { WriteOutcome } from '../controller/write/ports.ts';
import { isHeadgateError } from '../foundation/errors.ts';
import { createRepository, type TestRepository } from './servers/git.ts';
import { startTestServer, type TestServer } from './server.ts';
import { create, liveHash, pipelineResource, pipelineText, update, write } from './writes.ts';

let remote: TestRepository;
let work: TestRepository;
const servers: TestServer[] = [];

beforeEach(async () => {
  remote = await createRepository({ bare: true });
  work = await createRepository();
  await work.git('remote', 'add', 'origin', remote.dir);
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
  await remote.remove();
  await work.remove();
});

const SHARED = ['one', 'two', 'three'];

async function serve(): Promise<TestServer> {
  const server = await startTestServer(remote.dir, { branch: 'main', writeBack: 'commit', warm: 0, streamHosts: 1 });
  servers.push(server);
  await liveHash(server, 'one');
  return server;
}

/** A person who commits and pushes, and pulls with rebase when somebody else was faster. */
async function person(commits: number): Promise<string[]> {
  const subjects: string[] = [];
  for (let n = 0; n < commits; n += 1) {
    await work.commit({ [`notes/${n}.txt`]: `${n}\n` }, `note ${n}`);
    for (;;) {
      const pushed = await work.git('push', '--quiet', 'origin', 'HEAD:main').then(
        () => true,
        () => false,
      );
      if (pushed) break;
      await work.git('pull', '--quiet', '--rebase', 'origin', 'main');
    }
    subjects.push(`note ${n}`);
  }
  return subjects;
}

it('two controllers, many requests each, and a person', async () => {
  await work.commit(Object.fromEntries(SHARED.map((name) => [`${name}.yaml`, pipelineText(name)])));
  await work.git('push', '--quiet', 'origin', 'HEAD:main');
  await Promise.all([serve(), serve()]);
  const asked: Promise<WriteOutcome>[] = [];
  const subjects: string[] = [];
  servers.forEach((server, s) => {
    for (let n = 0; n < 8; n += 1) {
      const name = `new-${s}-${n}`;
      subjects.push(`create ${name}`);
      asked.push(write(server, [create(pipelineResource(name))], { subject: `create ${name}`, requestId: name }));
      const shared = SHARED[n % SHARED.length]!;
      subjects.push(`title ${s}-${n}`);
      const title = update(pipelineResource(shared, { title: `${s}-${n}` }));
      asked.push(write(server, [title], { subject: `title ${s}-${n}` }));
    }
  });
  const [answers, notes] = await Promise.all([Promise.allSettled(asked), person(12)]);
  const history = (await remote.git('log', '--format=%H %s', 'main')).split('\n');
  const times = (end: string): number => history.filter((line) => line.slice(41) === end).length;
  answers.forEach((answer, index) => {
    const subject = subjects[index]!;
    if (answer.status === 'fulfilled') {
      const { revision } = answer.value as { revision: string };
      expect(history, subject).toContain(`${revision} ${subject}`);
      expect(times(subject), subject).toBe(1);
      expect(answer.value.form, subject).toBe('applied');
    } else {
      // A title that another controller changed first, or a branch that was never free for long enough.
      expect(isHeadgateError(answer.reason) ? answer.reason.code : answer.reason, subject).toMatch(
        /^(conflict|unavailable)$/,
      );
      expect(times(subject), subject).toBe(0);
    }
  });
  expect(answers.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThanOrEqual(16);
  for (const note of notes) expect(times(note)).toBe(1);
  // One line, without a merge.
  expect(await remote.git('rev-list', '--merges', '--count', 'main')).toBe('0');
  const created = (await remote.git('ls-tree', '-r', '--name-only', 'main', 'pipelines/')).split('\n');
  const acknowledged = subjects.filter(
    (subject, n) => subject.startsWith('create') && answers[n]!.status === 'fulfilled',
  );
  expect(created).toEqual(acknowledged.map((subject) => `pipelines/${subject.slice(7)}.yaml`).sort());
  await remote.git('fsck', '--strict');
});
