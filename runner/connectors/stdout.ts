import { Type, type Static } from 'typebox';
import { Strict } from '../../crds/common.ts';
import type { Connector, ConnectorContext, Destination, Row, StreamWriter } from '../ports.ts';

/** The longest line, in characters. */
const MAX_LINE = 4096;

export const StdoutSettings = Strict(
  {
    limit: Type.Optional(
      Type.Integer({
        description: 'How many records are shown at most, of a stream within a minute; the rest is counted only.',
        default: 100,
        minimum: 0,
        maximum: 10_000,
      }),
    ),
  },
  { description: 'Records as lines of JSON in the log of the run or stream.' },
);
export type StdoutSettings = Static<typeof StdoutSettings>;

/** For a look at what a pipeline makes. */
export const stdout: Connector<typeof StdoutSettings> = {
  name: 'stdout',
  title: 'Log',
  summary: 'Writes records as lines of JSON into the log of the run or stream.',
  settings: StdoutSettings,
  examples: [{ title: 'The first ten records', settings: { limit: 10 } }],
  modes: ['append', 'overwrite'],
  destination: stdoutDestination,
  check: () => Promise.resolve({ ok: true, message: 'the log is always there' }),
};

function stdoutDestination(settings: StdoutSettings, ctx: ConnectorContext): Destination {
  const limit = settings.limit ?? 100;
  return {
    open() {
      let seen = 0;
      return Promise.resolve({
        write: (batch: readonly Row[]) => {
          ctx.signal.throwIfAborted();
          for (const row of batch.slice(0, Math.max(0, limit - seen))) ctx.log('info', lineOf(row));
          seen += batch.length;
          return Promise.resolve([]);
        },
        commit: () => {
          if (seen > limit) ctx.log('info', `… and ${seen - limit} more records`);
          return Promise.resolve();
        },
        // What stands in the log stays there: it tells what happened.
        abort: () => Promise.resolve(),
      });
    },
    stream: () => Promise.resolve(streamWriter(limit, ctx)),
  };
}

/** A stream has no end at which the rest could be counted, so that is done for each minute. */
const MINUTE = 60_000;

function streamWriter(limit: number, ctx: ConnectorContext): StreamWriter {
  let since = -Infinity;
  let seen = 0;
  const countRest = (): void => {
    if (seen > limit) ctx.log('info', `… and ${seen - limit} more records`);
    seen = 0;
  };
  return {
    write: (records, signal) => {
      if (signal.aborted) return Promise.reject(signal.reason as Error);
      const now = performance.now();
      if (now - since >= MINUTE) {
        countRest();
        since = now;
      }
      for (const { row } of records.slice(0, Math.max(0, limit - seen))) ctx.log('info', lineOf(row));
      seen += records.length;
      return Promise.resolve({ failed: [] });
    },
    close: () => {
      countRest();
      return Promise.resolve();
    },
  };
}

function lineOf(row: Row): string {
  // The replacer looks at the value itself, since a Buffer is asked for its `toJSON` before.
  const line = JSON.stringify(row, function (this: unknown, key, value: unknown) {
    const own = (this as Record<string, unknown>)[key];
    if (own instanceof Uint8Array) return Buffer.from(own).toString('base64');
    return typeof value === 'bigint' ? String(value) : value;
  });
  return line.length > MAX_LINE ? `${line.slice(0, MAX_LINE)}…` : line;
}
