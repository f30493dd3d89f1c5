/** Cases about destinations. */
import { expect } from 'vitest';
import type { WriteMode } from '../../../crds/index.ts';
import { sleep } from '../../../foundation/time.ts';
import type { Connector } from '../../ports.ts';
import type { Case } from '../suite.ts';
import { expectRows, expectTypes } from './compare.ts';
import { BIG_ROWS, BIG_ROW_COUNT, TEXT_ROWS, TYPED_ROWS, smallRows } from './data.ts';
import { settingsOf, type Input, type SuiteEngine } from './engine.ts';

const writes = (connector: Connector): boolean => connector.destination !== undefined;
const can =
  (mode: WriteMode) =>
  (connector: Connector): boolean =>
    writes(connector) && connector.modes?.includes(mode) === true;

/** The mode that a single write into an empty place uses. */
const firstMode = (connector: Connector): WriteMode =>
  connector.modes?.includes('overwrite') === true ? 'overwrite' : (connector.modes?.[0] ?? 'append');

interface Tools {
  readonly write: (select: string, mode: WriteMode, key?: readonly string[], signal?: AbortSignal) => Promise<number>;
  readonly held: () => Promise<string>;
  readonly engine: SuiteEngine;
  readonly connector: Connector;
}

/** A case that writes into an empty place and looks at what it then holds. */
const writeCase = (name: string, when: Case['when'], run: (tools: Tools) => Promise<void>): Case => ({
  name,
  when,
  run: async (subject, engine) =>
    engine.within(subject, async (place, folder) => {
      const { connector } = subject;
      const inputs = new Map<string, Input>();
      await run({
        engine,
        connector,
        held: () => engine.held(connector, place, folder),
        write: async (select, mode, key, signal) => {
          const input = inputs.get(select) ?? (await engine.input(select));
          inputs.set(select, input);
          return engine.write(connector, place, folder, input, { mode, key, signal });
        },
      });
    }),
});

const roundTrips: readonly Case[] = [
  writeCase('round trip of text', writes, async ({ write, held, engine, connector }) => {
    expect(await write(TEXT_ROWS, firstMode(connector))).toBe(13);
    await expectRows(engine, await held(), TEXT_ROWS);
  }),
  {
    name: 'round trip of types',
    when: writes,
    run: async (subject, engine) =>
      engine.within(subject, async (place, folder) => {
        const input = await engine.input(TYPED_ROWS);
        expect(
          await engine.write(subject.connector, place, folder, input, { mode: firstMode(subject.connector) }),
        ).toBe(3);
        await expectTypes(engine, await engine.held(subject.connector, place, folder), TYPED_ROWS, subject.types);
      }),
  },
  writeCase('round trip of 100,000 rows', writes, async ({ write, held, engine, connector }) => {
    expect(await write(BIG_ROWS, firstMode(connector))).toBe(BIG_ROW_COUNT);
    await expectRows(engine, await held(), BIG_ROWS);
  }),
  writeCase('round trip of no rows', writes, async ({ write, held, engine, connector }) => {
    expect(await write(smallRows(1, 0, 'none'), firstMode(connector))).toBe(0);
    expect(Number(await engine.value(`SELECT count(*) FROM ${await held()}`))).toBe(0);
  }),
];

const modes: readonly Case[] = [
  writeCase('append keeps what was there', can('append'), async ({ write, held, engine }) => {
    await write(smallRows(1, 3, 'first'), 'append');
    await write(smallRows(3, 5, 'second'), 'append');
    await expectRows(engine, await held(), `${smallRows(1, 3, 'first')} UNION ALL ${smallRows(3, 5, 'second')}`);
  }),
  writeCase('overwrite replaces what was there', can('overwrite'), async ({ write, held, engine }) => {
    await write(smallRows(1, 9, 'first'), 'overwrite');
    await write(smallRows(3, 5, 'second'), 'overwrite');
    await expectRows(engine, await held(), smallRows(3, 5, 'second'));
    await write(smallRows(1, 0, 'none'), 'overwrite');
    expect(Number(await engine.value(`SELECT count(*) FROM ${await held()}`))).toBe(0);
  }),
  writeCase('upsert updates by key and inserts the rest', can('upsert'), async ({ write, held, engine }) => {
    await write(smallRows(1, 4, 'first'), 'upsert', ['id']);
    await write(smallRows(3, 6, 'second'), 'upsert', ['id']);
    await expectRows(engine, await held(), `${smallRows(1, 2, 'first')} UNION ALL ${smallRows(3, 6, 'second')}`);
  }),
  writeCase('upsert takes the last of equal keys', can('upsert'), async ({ write, held, engine }) => {
    const twice = `${smallRows(1, 4, 'early')} UNION ALL ${smallRows(2, 3, 'late')}`;
    await write(twice, 'upsert', ['id']);
    const wanted = `SELECT id, CASE WHEN id IN (2, 3) THEN 'late ' ELSE 'early ' END || id AS name FROM (${smallRows(1, 4, '')})`;
    await expectRows(engine, await held(), wanted);
  }),
  writeCase('upsert by two columns', can('upsert'), async ({ write, held, engine }) => {
    const rows = (label: string): string =>
      `SELECT i % 2 AS a, i // 2 AS "B c", '${label}' AS name FROM range(6) AS r(i)`;
    await write(rows('first'), 'upsert', ['a', 'B c']);
    await write(`SELECT * FROM (${rows('second')}) WHERE a = 1`, 'upsert', ['a', 'B c']);
    await expectRows(
      engine,
      await held(),
      `SELECT a, "B c", CASE a WHEN 1 THEN 'second' ELSE 'first' END AS name FROM (${rows('')})`,
    );
  }),
  writeCase('upsert refuses a null key', can('upsert'), async ({ write, held, engine }) => {
    await write(smallRows(1, 2, 'first'), 'upsert', ['id']);
    const withNull = `${smallRows(2, 3, 'second')} UNION ALL SELECT NULL, 'nobody'`;
    await expect(write(withNull, 'upsert', ['id'])).rejects.toThrow(/null/i);
    await expectRows(engine, await held(), smallRows(1, 2, 'first'));
  }),
  writeCase('append adds the columns that are new', can('append'), async ({ write, held, engine }) => {
    await write(smallRows(1, 2, 'first'), 'append');
    await write(`SELECT *, 0.5 AS "New One" FROM (${smallRows(3, 4, 'second')})`, 'append');
    await write(`SELECT 5::BIGINT AS id`, 'append');
    await expectRows(
      engine,
      await held(),
      `SELECT *, NULL AS "New One" FROM (${smallRows(1, 2, 'first')})
       UNION ALL SELECT *, 0.5 FROM (${smallRows(3, 4, 'second')}) UNION ALL SELECT 5, NULL, NULL`,
    );
  }),
];

/** How long after its start a load is aborted, in milliseconds; the last ones let it finish on a fast machine. */
const ABORT_AFTER = [0, 3, 10, 30, 80, 150];

const aborts: readonly Case[] = [
  writeCase('an aborted load leaves the old content', writes, async ({ write, held, engine, connector }) => {
    const before = `SELECT * FROM (${BIG_ROWS}) WHERE id < 5`;
    const mode = firstMode(connector);
    await write(before, mode);
    await expect(write(BIG_ROWS, mode, [], AbortSignal.abort(new Error('cancelled')))).rejects.toThrow(/./);
    await expectRows(engine, await held(), before);
    for (const delay of ABORT_AFTER) {
      const abort = new AbortController();
      const outcome = write(BIG_ROWS, mode, [], abort.signal).then(
        () => 'done' as const,
        () => 'aborted' as const,
      );
      await sleep(delay);
      abort.abort(new Error('cancelled'));
      if ((await outcome) === 'done') break;
      await expectRows(engine, await held(), before);
    }
  }),
  {
    name: 'an aborted writer leaves the old content',
    when: (connector) => writes(connector),
    run: async (subject, engine) =>
      engine.within(subject, async (place, folder) => {
        const { connector } = subject;
        const mode = connector.modes?.includes('append') === true ? 'append' : firstMode(connector);
        const before = await engine.input(smallRows(1, 3, 'first'));
        await engine.write(connector, place, folder, before, { mode });
        const destination = connector.destination!(settingsOf(connector, place.settings), await engine.context(folder));
        if (destination.open === undefined) return;
        const more = await engine.input(smallRows(4, 9, 'second'));
        const request = { stream: place.stream, mode, key: [], columns: more.columns, runId: engine.name('run') };
        const writer = await destination.open(request);
        expect(await writer.write(await engine.rows(more.relation))).toEqual([]);
        await writer.abort();
        await writer.abort();
        await expectRows(engine, await engine.held(connector, place, folder), smallRows(1, 3, 'first'));
      }),
  },
  {
    name: 'a committed writer is visible',
    when: writes,
    run: async (subject, engine) =>
      engine.within(subject, async (place, folder) => {
        const { connector } = subject;
        const mode = connector.modes?.includes('append') === true ? 'append' : firstMode(connector);
        const destination = connector.destination!(settingsOf(connector, place.settings), await engine.context(folder));
        if (destination.open === undefined) return;
        const input = await engine.input(smallRows(1, 9, 'row'));
        const request = { stream: place.stream, mode, key: [], columns: input.columns, runId: engine.name('run') };
        const writer = await destination.open(request);
        const rows = await engine.rows(input.relation);
        expect(await writer.write(rows.slice(0, 4))).toEqual([]);
        expect(await writer.write(rows.slice(4))).toEqual([]);
        await writer.commit();
        await expectRows(engine, await engine.held(connector, place, folder), smallRows(1, 9, 'row'));
      }),
  },
];

export const writeCases: readonly Case[] = [...roundTrips, ...modes, ...aborts];
