import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunFilter } from '../ports.ts';
import { openSqlite, type SqliteStore } from './open.ts';
import { countSql, listSql } from './run-queries.ts';
import { temporaryStore, type TemporaryStore } from './temporary.ts';

let temporary: TemporaryStore;
let opened: SqliteStore;
beforeAll(async () => {
  temporary = await temporaryStore();
  opened = await openSqlite(temporary.path);
});
afterAll(async () => {
  await opened.store.close();
  await temporary.dispose();
});

const plan = (sql: string): string =>
  opened.database
    .prepare<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
    .all()
    .map(({ detail }) => detail)
    .join('\n');

const WORKSPACE = { workspace: ['default'] };
const PAGE = { limit: 50, after: { createdAt: 1, id: 'run_1' } };

const FILTERS: RunFilter[] = [
  { limit: 50 },
  { ...PAGE },
  { ...PAGE, ...WORKSPACE },
  { ...PAGE, ...WORKSPACE, from: 1, to: 2 },
  { ...PAGE, pipelineId: 'pl_1' },
  { ...PAGE, pipelineId: 'pl_1', status: ['failed'] },
  { ...PAGE, status: ['failed'] },
  { ...PAGE, status: ['pending', 'running', 'failed'] },
  { ...PAGE, ...WORKSPACE, status: ['success', 'failed'] },
  { ...PAGE, triggeredBy: 'annotation' },
  { ...PAGE, ...WORKSPACE, triggeredBy: 'annotation' },
  { ...PAGE, ...WORKSPACE, triggeredBy: 'annotation', status: ['success', 'failed'] },
  { ...PAGE, triggeredBy: 'schedule', status: ['failed'] },
  { ...PAGE, workspace: ['default', 'sales'] },
  { ...PAGE, workspace: ['default', 'sales'], status: ['failed', 'success'] },
  { ...PAGE, workspace: Array.from({ length: 101 }, (_, n) => `w${n}`) },
];

test.each(FILTERS.flatMap((filter) => [filter, { ...filter, order: 'oldest' as const }]))(
  'a page of %o is read from an index in order, without sorting',
  (filter) => {
    const steps = plan(listSql(filter));
    expect(steps).not.toContain('TEMP B-TREE');
    expect(steps).toContain('USING INDEX');
    // Only the list of all runs walks an index from its end; any other goes to its place in it.
    const walksAll = filter.after === undefined && filter.workspace === undefined;
    if (!walksAll) expect(steps).not.toMatch(/SCAN runs/);
  },
);

test('totals never read the runs themselves, unless for a window of time', () => {
  for (const filter of FILTERS.filter(({ from }) => from === undefined)) {
    expect(plan(countSql(filter))).not.toMatch(/\bruns\b/);
  }
  expect(plan(countSql({ from: 1, to: 2 }))).toContain('COVERING INDEX runs_created (created_at>? AND created_at<?)');
});
