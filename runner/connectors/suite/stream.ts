/** Cases about the stream form of destinations. */
import { expect } from 'vitest';
import type { WriteMode } from '../../../crds/index.ts';
import { isHeadgateError } from '../../../foundation/errors.ts';
import type { Row, StreamRecord, StreamWriter, StreamWriteResult } from '../../ports.ts';
import type { Case, Place, Subject } from '../suite.ts';
import { expectRows } from './compare.ts';
import { smallRows, TEXT_ROWS } from './data.ts';
import { settingsOf, type SuiteEngine } from './engine.ts';
import { noSecrets } from './settings.ts';

const streams: Case['when'] = (_connector, subject) => subject.stream !== undefined;
const can =
  (mode: WriteMode): Case['when'] =>
  (connector, subject) =>
    streams(connector, subject) && connector.modes?.includes(mode) === true;

interface Tools {
  readonly engine: SuiteEngine;
  readonly subject: Subject;
  /** A new writer into the place; the case closes it. */
  readonly open: (mode?: WriteMode, key?: readonly string[]) => Promise<StreamWriter>;
  /** Writes a batch; every record is an event of its own. */
  readonly write: (writer: StreamWriter, rows: readonly Row[], signal?: AbortSignal) => Promise<StreamWriteResult>;
  readonly held: () => Promise<string>;
}

async function opened(
  engine: SuiteEngine,
  subject: Subject,
  place: Pick<Place, 'settings' | 'stream'>,
  folder: string,
  mode: WriteMode,
  key: readonly string[] = [],
): Promise<StreamWriter> {
  const settings = settingsOf(subject.connector, { ...place.settings, ...subject.stream?.settings });
  const destination = subject.connector.destination!(settings, await engine.context(folder));
  const request = { mode, key, include: [], pipelineId: 'pl_suite' };
  return destination.stream!(place.stream === undefined ? request : { ...request, stream: place.stream });
}

function recordsOf(engine: SuiteEngine, rows: readonly Row[]): readonly StreamRecord[] {
  return rows.map((row) => ({
    row,
    event: { id: engine.name('ev'), type: 'suite', key: null, receivedAt: 1_700_000_000_000, replay: null },
  }));
}

const streamCase = (name: string, when: Case['when'], run: (tools: Tools) => Promise<void>): Case => ({
  name: `stream: ${name}`,
  when,
  run: async (subject, engine) =>
    engine.within(subject, async (place, folder) => {
      await run({
        engine,
        subject,
        open: (mode = 'append', key = []) => opened(engine, subject, place, folder, mode, key),
        write: (writer, rows, signal) => writer.write(recordsOf(engine, rows), signal ?? AbortSignal.timeout(60_000)),
        held: () => engine.held(subject.connector, place, folder),
      });
    }),
});

const people = (from: number, to: number): Row[] =>
  Array.from({ length: to - from + 1 }, (_, index) => ({ id: from + index, name: `row ${from + index}` }));

export const streamCases: readonly Case[] = [
  streamCase('round trip of text', can('append'), async ({ engine, open, write, held }) => {
    const rows = await engine.rows((await engine.input(TEXT_ROWS)).relation);
    const writer = await open();
    expect((await write(writer, rows.slice(0, 7))).failed).toEqual([]);
    expect((await write(writer, rows.slice(7))).failed).toEqual([]);
    await writer.close();
    await expectRows(engine, await held(), TEXT_ROWS);
  }),
  streamCase('round trip of 2,000 records in batches', can('append'), async ({ engine, open, write, held }) => {
    const writer = await open();
    const rows = people(1, 2000);
    for (let at = 0; at < rows.length; at += 250) {
      expect((await write(writer, rows.slice(at, at + 250))).failed).toEqual([]);
    }
    await writer.close();
    await expectRows(engine, await held(), smallRows(1, 2000, 'row'));
  }),
  streamCase('what was written is there before the writer is closed', can('append'), async (tools) => {
    const writer = await tools.open();
    await tools.write(writer, people(1, 5));
    await expectRows(tools.engine, await tools.held(), smallRows(1, 5, 'row'));
    await writer.close();
    await writer.close();
    await expectRows(tools.engine, await tools.held(), smallRows(1, 5, 'row'));
  }),
  streamCase('no records', can('append'), async ({ open, write }) => {
    const writer = await open();
    expect((await write(writer, [])).failed).toEqual([]);
    await writer.close();
  }),
  streamCase(
    'a record that is refused is named, and the others are taken',
    (connector, subject) => can('append')(connector, subject) && subject.stream?.refused !== undefined,
    async ({ engine, subject, open, write, held }) => {
      const writer = await open();
      await write(writer, people(1, 1));
      const { failed } = await write(writer, [...people(2, 3), subject.stream!.refused!, ...people(4, 5)]);
      expect(failed).toMatchObject([{ index: 2, reason: expect.stringMatching(/\w/) as string, retryable: false }]);
      await writer.close();
      await expectRows(engine, await held(), smallRows(1, 5, 'row'));
    },
  ),
  streamCase('an abort rejects with its reason, and the writer goes on', can('append'), async (tools) => {
    const { engine, open, write, held } = tools;
    const writer = await open();
    await write(writer, people(1, 2));
    await expect(write(writer, people(3, 9), AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
    await write(writer, people(3, 4));
    await expectRows(engine, await held(), smallRows(1, 4, 'row'));
    await writer.close();
  }),
  streamCase('upsert: the last of a key wins, and repetitions change nothing', can('upsert'), async (tools) => {
    const { engine, open, write, held } = tools;
    for (let time = 0; time < 2; time++) {
      const writer = await open('upsert', ['id']);
      await write(writer, [{ id: 1, name: 'early' }, ...people(2, 4), { id: 1, name: 'row 1' }]);
      await write(writer, people(4, 6));
      await writer.close();
    }
    await expectRows(engine, await held(), smallRows(1, 6, 'row'));
  }),
  {
    name: 'stream: a destination that cannot be reached says so, without secrets',
    when: streams,
    run: async (subject, engine) =>
      engine.within(subject, async (place) => {
        const folder = await engine.folder();
        const settings = await subject.broken(folder);
        const mode =
          subject.connector.modes?.[0] === 'overwrite' ? 'append' : (subject.connector.modes?.[0] ?? 'append');
        const attempt = async (): Promise<void> => {
          const writer = await opened(engine, subject, { settings, stream: place.stream }, folder, mode);
          try {
            await writer.write(recordsOf(engine, people(1, 2)), AbortSignal.timeout(60_000));
          } finally {
            await writer.close();
          }
        };
        const error: unknown = await attempt().then(
          () => expect.unreachable('the write succeeded'),
          (thrown: unknown) => thrown,
        );
        expect(isHeadgateError(error) && error.code).toMatch(/^(?:destination_|path_refused$|address_refused$)/);
        noSecrets((error as Error).message, subject.secrets);
      }),
  },
];
