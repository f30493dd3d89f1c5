import { IDEMPOTENCY_MS, type EventRetention } from '../../event-ports.ts';
import type { Database } from '../database.ts';
import type { BlockHead, Blocks } from './blocks.ts';
import type { EventFiles } from './files.ts';
import { pipelinesWithFates } from './fates.ts';
import { committedOf } from './readers.ts';

/** How long a transaction that deletes goes on, in milliseconds: the lock is held little longer than that. */
const SLICE_MS = 20;
/** Rows that one statement deletes at the most. */
const ROWS_AT_ONCE = 500;
const REPLAY_MS = 30 * 24 * 3_600_000;

/** Runs `step`, which answers how much it deleted, until it finds nothing or the slice is over. */
function slice(step: () => number): { readonly removed: number; readonly more: boolean } {
  const end = performance.now() + SLICE_MS;
  let removed = 0;
  for (;;) {
    const some = step();
    removed += some;
    if (some === 0) return { removed, more: false };
    if (performance.now() >= end) return { removed, more: true };
  }
}

/** Does `step` in slices until nothing is left. Others get the lock between them. */
async function exhaust(database: Database, step: () => number): Promise<void> {
  while ((await database.write(() => slice(step))).more);
}

/** The end of what is kept. */
export function eventRetention({ log, delivery }: EventFiles, blocks: Blocks): EventRetention {
  const committed = committedOf(delivery);
  const remove = log.prepare('DELETE FROM blocks WHERE id = $id');
  const passedKeys = log.prepare(
    `DELETE FROM keys WHERE (pipeline, hash) IN
       (SELECT pipeline, hash FROM keys INDEXED BY keys_time WHERE received_at <= $passed LIMIT ${ROWS_AT_ONCE})`,
  );
  const keysOf = log.prepare(
    `DELETE FROM keys WHERE pipeline = $number AND hash IN (SELECT hash FROM keys WHERE pipeline = $number LIMIT ${ROWS_AT_ONCE})`,
  );
  const removePipeline = log.prepare('DELETE FROM pipelines WHERE number = $number');
  const logged = log.prepare<{ id: string }>('SELECT id FROM pipelines');
  const read = delivery.prepare<{ id: string }>(
    'SELECT pipeline AS id FROM readers UNION SELECT pipeline FROM replays',
  );
  const endedReplays = delivery.prepare(
    `DELETE FROM replays WHERE id IN
       (SELECT id FROM replays INDEXED BY replays_finished WHERE finished_at <= $passed LIMIT ${ROWS_AT_ONCE})`,
  );
  const withFates = pipelinesWithFates(delivery);
  const belongings = belongingsOf(delivery);

  const removeBlock = ({ id, count }: BlockHead): number => {
    remove.run({ id });
    return count;
  };

  return {
    prune: async (pipelineId, before, maxBytes) => {
      const events = await log.write(() => {
        const pipeline = blocks.pipeline(pipelineId);
        if (pipeline === undefined) return { removed: 0, more: false };
        const settled = committed(pipelineId);
        return slice(() => {
          const block = blocks.at(pipeline.number, 0);
          // What is not settled stays, however old it is.
          if (block === undefined || block.first + block.count > settled) return 0;
          const tooMuch = pipeline.position - block.position > maxBytes;
          return block.received_at < before || tooMuch ? removeBlock(block) : 0;
        });
      });
      const oldest = await log.read(() => {
        const pipeline = blocks.pipeline(pipelineId);
        return pipeline === undefined ? 0 : (blocks.at(pipeline.number, 0)?.first ?? committed(pipelineId));
      });
      const rest = await delivery.write(() => slice(() => belongings.below(pipelineId, oldest)));
      return { removed: events.removed, more: events.more || rest.more };
    },

    sweep: async (now) => {
      await exhaust(log, () => passedKeys.run({ passed: now - IDEMPOTENCY_MS }));
      await exhaust(delivery, () => endedReplays.run({ passed: now - REPLAY_MS }));
    },

    deletePipeline: async (pipelineId) => {
      // Its lease first: who delivers it can settle nothing from here on.
      await delivery.write(() => belongings.reader(pipelineId));
      await exhaust(delivery, () => belongings.all(pipelineId));
      const number = await log.read(() => blocks.pipeline(pipelineId)?.number);
      if (number === undefined) return;
      const rest = (): number => {
        const block = blocks.at(number, 0);
        return block === undefined ? keysOf.run({ number }) : removeBlock(block);
      };
      await exhaust(log, rest);
      await log.write(() => {
        while (rest() > 0);
        removePipeline.run({ number });
      });
    },

    pipelines: async () => {
      const ids = new Set(await log.read(() => logged.all().map(({ id }) => id)));
      const others = await delivery.read(() => [...read.all().map(({ id }) => id), ...withFates()]);
      for (const id of others) ids.add(id);
      return [...ids];
    },
  };
}

interface Belongings {
  /** Deletes some of what belongs to events below the offset. */
  below(pipelineId: string, offset: number): number;
  all(pipelineId: string): number;
  reader(pipelineId: string): void;
}

function belongingsOf(delivery: Database): Belongings {
  const below = [
    ['fates', 'offset', 'offset < $offset'],
    ['commits', 'upto', 'upto <= $offset'],
    ['attempts', 'seq', 'from_ < $offset AND to_ <= $offset'],
  ].map(([table, key, where]) =>
    delivery.prepare(
      `DELETE FROM ${table} WHERE pipeline = $pipelineId AND ${key} IN
         (SELECT ${key} FROM ${table} WHERE pipeline = $pipelineId AND ${where} LIMIT ${ROWS_AT_ONCE})`,
    ),
  );
  const replays = delivery.prepare(
    `DELETE FROM replays WHERE id IN (SELECT id FROM replays WHERE pipeline = $pipelineId LIMIT ${ROWS_AT_ONCE})`,
  );
  const reader = delivery.prepare('DELETE FROM readers WHERE pipeline = $pipelineId');
  const letters = delivery.prepare('DELETE FROM dead_letters WHERE pipeline = $pipelineId');
  const deleteBelow = (pipelineId: string, offset: number): number =>
    below.reduce((sum, statement) => sum + statement.run({ pipelineId, offset }), 0);

  return {
    below: deleteBelow,
    all: (pipelineId) => {
      const some = deleteBelow(pipelineId, Number.MAX_SAFE_INTEGER) + replays.run({ pipelineId });
      return some + letters.run({ pipelineId });
    },
    reader: (pipelineId) => void reader.run({ pipelineId }),
  };
}
