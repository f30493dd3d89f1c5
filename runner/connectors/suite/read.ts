/** Cases about sources. */
import { expect } from 'vitest';
import { isHeadgateError } from '../../../foundation/errors.ts';
import type { Connector } from '../../ports.ts';
import type { Case, Place } from '../suite.ts';
import { expectRows } from './compare.ts';
import { CURSOR_ROWS, smallRows } from './data.ts';
import { type SuiteEngine, settingsOf } from './engine.ts';
import { noSecrets } from './settings.ts';

const reads = (connector: Connector): boolean => connector.source !== undefined;

/** Puts the rows of `select` into the place, so that there is something to read. */
async function fill(
  engine: SuiteEngine,
  connector: Connector,
  place: Place,
  folder: string,
  select: string,
): Promise<void> {
  const input = await engine.input(select);
  if (place.seed !== undefined) return place.seed(input.relation, engine.duck);
  const mode = connector.modes?.includes('overwrite') === false ? 'append' : 'overwrite';
  await engine.write(connector, place, folder, input, { mode });
}

/** An incremental read by `cursor` yields the rows after the third, and all of them when nothing was read yet. */
const incremental = (cursor: string): Case => ({
  name: `incremental by ${cursor} reads exactly the new rows`,
  when: reads,
  run: async (subject, engine) =>
    engine.within(subject, async (place, folder) => {
      await fill(engine, subject.connector, place, folder, CURSOR_ROWS);
      const all = await engine.extract(subject.connector, place, folder, {
        incremental: { cursor, after: null, type: null },
      });
      await expectRows(engine, all, CURSOR_ROWS);
      const { type } = (await engine.columns(all)).find((column) => column.name === cursor)!;
      const after = String(await engine.value(`SELECT CAST(${cursor} AS VARCHAR) FROM ${all} WHERE id = 3`));
      const rest = await engine.extract(subject.connector, place, folder, { incremental: { cursor, after, type } });
      await expectRows(engine, rest, `SELECT * FROM (${CURSOR_ROWS}) WHERE id > 3`);
      const last = String(await engine.value(`SELECT CAST(${cursor} AS VARCHAR) FROM ${all} WHERE id = 5`));
      const none = await engine.extract(subject.connector, place, folder, {
        incremental: { cursor, after: last, type },
      });
      expect(Number(await engine.value(`SELECT count(*) FROM ${none}`))).toBe(0);
    }),
});

export const readCases: readonly Case[] = [
  incremental('id'),
  incremental('updated_at'),
  incremental('version'),
  {
    name: 'a sample is enough when a limit is given',
    when: reads,
    run: async (subject, engine) =>
      engine.within(subject, async (place, folder) => {
        await fill(engine, subject.connector, place, folder, smallRows(1, 500, 'row'));
        const table = await engine.extract(subject.connector, place, folder, { limit: 10 });
        expect(Number(await engine.value(`SELECT count(*) FROM ${table}`))).toBeGreaterThanOrEqual(10);
      }),
  },
  {
    name: 'reading what does not exist names it, without secrets',
    when: reads,
    run: async (subject, engine) =>
      engine.within(subject, async (place, folder) => {
        // Where the stream is what is missing, the rest is there.
        if (place.missing === undefined) await fill(engine, subject.connector, place, folder, smallRows(1, 1, 'row'));
        const stream = place.missing?.stream ?? (place.missing === undefined ? 'no_such_stream' : place.stream);
        const settings = { ...place.settings, ...place.missing?.settings };
        const error = await engine
          .extract(subject.connector, { settings, stream }, folder)
          .then(() => undefined)
          .catch((caught: unknown) => caught);
        expect(isHeadgateError(error), String(error)).toBe(true);
        const text = `${(error as Error).message} ${JSON.stringify(error)}`;
        if (place.missing?.settings === undefined) expect(text).toContain(stream);
        noSecrets(text, subject.secrets);
      }),
  },
  {
    name: 'a read that was cancelled before it began does not answer',
    when: reads,
    run: async (subject, engine) =>
      engine.within(subject, async (place, folder) => {
        await fill(engine, subject.connector, place, folder, smallRows(1, 10, 'row'));
        const ctx = await engine.context(folder, AbortSignal.abort(new Error('cancelled')));
        const source = subject.connector.source!(settingsOf(subject.connector, place.settings), ctx);
        const drain = async (): Promise<void> => {
          const extract = await source.open({ stream: place.stream, duck: engine.duck });
          if (extract.form === 'rows') for await (const batch of extract.batches) expect(batch.length).toBe(0);
          if (extract.form === 'sql') throw new Error('lazy: the engine itself stops');
        };
        await expect(drain()).rejects.toThrow(/./);
      }),
  },
];
