import { describe, expect, test } from 'vitest';
import type { RunStatus } from '../../crds/index.ts';
import type { RunFilter, RunRecord, Runs } from '../ports.ts';
import { storeForEachTest, type NewStore } from './fixture.ts';
import { CLAIM, SUCCESS, T0, newRun } from './samples.ts';

const WORKSPACES = ['default', 'sales'];
const PIPELINES = ['pl_a', 'pl_b', 'pl_c'];
const STATUSES: RunStatus[] = ['pending', 'running', 'success', 'failed', 'cancelled'];
const TRIGGERS = ['schedule', 'api', 'manual'] as const;

const COUNT = 84;

/** Runs of all kinds, several at the same instant; answers them as a plain array to compare with. */
async function fill(runs: Runs): Promise<RunRecord[]> {
  const made = Array.from({ length: COUNT }, (_, n) =>
    newRun({
      id: `run_${(n * 7919) % 1000}`,
      workspace: WORKSPACES[n % 2]!,
      pipelineId: PIPELINES[n % 3]!,
      triggeredBy: TRIGGERS[n % TRIGGERS.length === 0 ? n % 2 : 2]!,
      createdAt: T0 + Math.floor(n / 4),
    }),
  );
  for (const id of PIPELINES) {
    const own = made.filter(({ pipelineId }) => pipelineId === id);
    await runs.createScheduled(id, own, null, T0);
  }
  for (const [n, { id }] of made.entries()) {
    const status = STATUSES[(n * 3) % 7] ?? 'success';
    if (status === 'pending') continue;
    const claimed = await runs.claim(id, { ...CLAIM, now: T0 + 1000 });
    if (status !== 'running') await runs.finish(id, claimed!.attempt, { ...SUCCESS, status });
  }
  return [...(await runs.list({ limit: 1000 }))];
}

const FILTERS: Omit<RunFilter, 'limit'>[] = [
  {},
  { workspace: ['sales'] },
  { pipelineId: 'pl_b' },
  { status: ['failed'] },
  { status: ['pending', 'running'] },
  { status: ['failed', 'failed', 'success'] },
  { status: [] },
  { triggeredBy: 'manual' },
  { workspace: ['sales'], status: ['success', 'cancelled'] },
  { workspace: ['default'], pipelineId: 'pl_a', status: ['success'], triggeredBy: 'schedule' },
  { from: T0 + 5, to: T0 + 20 },
  { workspace: ['default'], from: T0 + 5, status: ['success', 'failed'] },
  { pipelineId: 'pl_c', to: T0 + 9 },
  { workspace: ['nobody'] },
  { workspace: ['sales', 'default', 'sales'] },
  { workspace: ['sales', 'nobody'], status: ['success', 'failed'] },
  { workspace: ['default', 'nobody'], from: T0 + 5, triggeredBy: 'manual' },
  { workspace: ['sales', ...Array.from({ length: 120 }, (_, n) => `w${n}`)], status: ['success', 'failed'] },
  { workspace: [] },
];

function matches(run: RunRecord, filter: Omit<RunFilter, 'limit'>): boolean {
  return (
    (filter.workspace === undefined || filter.workspace.includes(run.workspace)) &&
    (filter.pipelineId === undefined || run.pipelineId === filter.pipelineId) &&
    (filter.status === undefined || filter.status.includes(run.status)) &&
    (filter.triggeredBy === undefined || run.triggeredBy === filter.triggeredBy) &&
    (filter.from === undefined || run.createdAt >= filter.from) &&
    (filter.to === undefined || run.createdAt < filter.to)
  );
}

const newestFirst = (a: RunRecord, b: RunRecord): number => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1);

/** Lists, totals and the newest run of each pipeline. */
export function runQueriesSuite(fresh: NewStore): void {
  describe('queries', () => {
    const under = storeForEachTest(fresh);

    test('every filter, in both orders, by offset, by key, and counted', async () => {
      const { runs } = await under.open();
      const all = await fill(runs);
      expect(all).toHaveLength(COUNT);
      expect(all).toEqual(all.toSorted(newestFirst));
      for (const filter of FILTERS) {
        const expected = all.filter((run) => matches(run, filter));
        expect(await runs.list({ ...filter, limit: 1000 })).toEqual(expected);
        expect(await runs.list({ ...filter, limit: 1000, order: 'oldest' })).toEqual(expected.toReversed());
        expect(await runs.list({ ...filter, limit: 5, offset: 3 })).toEqual(expected.slice(3, 8));
        expect(await runs.count(filter)).toBe(expected.length);
        for (const order of ['newest', 'oldest'] as const) {
          const paged = await pages(runs, { ...filter, order, limit: 7 });
          expect(paged).toEqual(order === 'newest' ? expected : expected.toReversed());
        }
      }
    });

    test('pages by key stay stable while runs are added', async () => {
      const { runs } = await under.open();
      const made = Array.from({ length: 30 }, (_, n) => newRun({ createdAt: T0 + (n % 10) }));
      await runs.createScheduled('pl_orders', made, null, T0);
      const before = await runs.list({ limit: 100 });
      let added = 0;
      const paged = await pages(runs, { limit: 4 }, async () => {
        added++;
        await runs.create(newRun({ createdAt: T0 + 100 + added }));
      });
      expect(added).toBeGreaterThan(5);
      expect(paged).toEqual(before);
    });

    test('totals follow every change of status and every deletion', async () => {
      const { runs } = await under.open();
      const counts = async () => Promise.all(STATUSES.map((status) => runs.count({ status: [status] })));
      const ids = ['run_1', 'run_2', 'run_3', 'run_4'];
      for (const id of ids) await runs.create(newRun({ id }));
      expect(await counts()).toEqual([4, 0, 0, 0, 0]);
      for (const id of ids.slice(1)) await runs.claim(id, CLAIM);
      await runs.finish('run_2', 1, SUCCESS);
      await runs.finish('run_3', 1, { ...SUCCESS, status: 'failed' });
      await runs.cancel('run_1', 'ada', T0);
      expect(await counts()).toEqual([0, 1, 1, 1, 1]);
      await runs.requeue('run_4', 1, T0);
      expect(await counts()).toEqual([1, 0, 1, 1, 1]);
      await runs.prune('pl_orders', 0);
      expect(await counts()).toEqual([1, 0, 0, 0, 0]);
      expect(await runs.count({ pipelineId: 'pl_orders' })).toBe(1);
    });

    test('totals of windows that begin and end within an hour, at one, and hours apart', async () => {
      const { runs } = await under.open();
      const hour = 3_600_000;
      const times = [0, 1, hour - 1, hour, hour + 1, 2.5 * hour, 3 * hour - 1, 3 * hour, 4 * hour + 5];
      for (const [n, time] of times.entries()) {
        await runs.create(newRun({ id: `run_${n}`, workspace: WORKSPACES[n % 2]!, createdAt: T0 + time }));
      }
      await runs.cancel('run_4', 'ada', T0);
      const bounds = [
        undefined,
        ...[0, 1, hour - 1, hour, 2 * hour, 3 * hour, 3 * hour + 1, 5 * hour].map((at) => T0 + at),
      ];
      for (const filter of [{}, { workspace: ['sales'] }, { status: ['cancelled' as const] }]) {
        for (const from of bounds) {
          for (const to of bounds) {
            const window = { ...filter, ...(from && { from }), ...(to && { to }) };
            const listed = await runs.list({ ...window, limit: 100 });
            expect(await runs.count(window), JSON.stringify(window)).toBe(listed.length);
          }
        }
      }
    });

    test('latest answers the newest run of each pipeline that has any', async () => {
      const { runs } = await under.open();
      const all = await fill(runs);
      const latest = await runs.latest([...PIPELINES, 'pl_none']);
      expect([...latest.keys()].sort()).toEqual(PIPELINES);
      for (const id of PIPELINES) expect(latest.get(id)).toEqual(all.find((run) => run.pipelineId === id));
    });

    test('latest takes thousands of pipelines in one go', async () => {
      const { runs } = await under.open();
      const ids = Array.from({ length: 2500 }, (_, n) => `pl_${n}`);
      const made = ids.flatMap((pipelineId) => [
        newRun({ id: `run_old_${pipelineId}`, pipelineId }),
        newRun({ id: `run_new_${pipelineId}`, pipelineId, createdAt: T0 + 1 }),
      ]);
      await runs.createScheduled('pl_0', made, null, 1);
      const latest = await runs.latest(ids);
      expect(ids.every((id) => latest.get(id)!.id === `run_new_${id}`)).toBe(true);
    });
  });
}

/** All pages, each continued after the last run of the one before. */
async function pages(runs: Runs, filter: RunFilter, between?: () => Promise<void>): Promise<RunRecord[]> {
  const found: RunRecord[] = [];
  for (;;) {
    const last = found.at(-1);
    const page = await runs.list({ ...filter, ...(last && { after: { createdAt: last.createdAt, id: last.id } }) });
    if (page.length === 0) return found;
    found.push(...page);
    await between?.();
  }
}
