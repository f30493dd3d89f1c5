/**
 * Another process at work on the store under test: `node worker.ts <command> <store url> <json>`. Opens the store, prints
 * `ready`, waits for a line on its standard input, works, and prints one JSON value a line.
 */
import { once } from 'node:events';
import { openStore } from '../open.ts';
import type { Store } from '../ports.ts';
import { appendEvents, appendForever, commitForever } from './events-worker.ts';
import { CLAIM, T0, newRun } from './samples.ts';

type Work = (store: Store, args: Record<string, unknown>, print: (value: unknown) => void) => Promise<void>;

const COMMANDS: Record<string, Work> = {
  appendEvents,
  appendForever,
  commitForever,
  /** Claims each of `ids`; prints those it got. */
  claim: async ({ runs }, { ids, runner }, print) => {
    for (const id of ids as string[]) {
      if ((await runs.claim(id, { ...CLAIM, runner: String(runner) })) !== null) print(id);
    }
  },
  /** Serves occurrences 1 to `count` of a schedule, as long as nobody else did; prints the numbers it served. */
  schedule: async ({ runs }, { count }, print) => {
    for (;;) {
      const served = (await runs.scheduleCursors()).get('pl_orders') ?? null;
      const next = (served ?? 0) + 1;
      if (next > Number(count)) return;
      const run = newRun({ id: `run_occurrence${next}`, triggeredBy: 'schedule', scheduledFor: next });
      const created = await runs.createScheduled('pl_orders', [run], served, next);
      if (created !== null) print({ next, created });
    }
  },
  /** Creates one run; prints the time at which that was acknowledged. */
  create: async ({ runs }, _args, print) => {
    await runs.create(newRun());
    print(Date.now());
  },
  /** Creates, claims and finishes runs of `pipelineId` for ever; prints the id of each that was acknowledged. */
  forever: async ({ runs }, { pipelineId }, print) => {
    for (let n = 1; ; n++) {
      const { run } = await runs.create(newRun({ pipelineId: String(pipelineId), createdAt: T0 + n }));
      print({ created: run.id });
      const claimed = await runs.claim(run.id, { ...CLAIM, now: T0 + n });
      await runs.appendLogs(run.id, [{ at: T0, level: 'info', message: `line of ${run.id}` }]);
      const state = { source: { origin: 'n', cursor: 'n', value: String(n), type: 'BIGINT' } };
      await runs.finish(run.id, claimed!.attempt, { status: 'success', finishedAt: T0 + n, rowsLoaded: n, state });
      print({ finished: run.id, n });
    }
  },
};

const [command = '', url = '', json = '{}'] = process.argv.slice(2);
const store = await openStore(url);
const print = (value: unknown): void => {
  process.stdout.write(`${JSON.stringify(value)}\n`);
};
print('ready');
await once(process.stdin, 'data');
await COMMANDS[command]!(store, JSON.parse(json) as Record<string, unknown>, print);
await store.close();
process.stdin.destroy();
