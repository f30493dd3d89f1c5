import { Readable } from 'node:stream';
import { isHeadgateError, messageOf } from '../../foundation/errors.ts';
import { OneOf, Strict } from '../../crds/common.ts';
import type { RouteDeps } from '../deps.ts';
import { namesTag, parseRange } from '../http/range.ts';
import { Reply, route, type Route, type RouteRequest } from '../route.ts';
import { convertParquet, type ConvertedFormat } from '../runs/convert.ts';
import { findRun } from '../runs/find.ts';
import { openOutput, type OutputFile } from '../runs/output.ts';
import { runPaths } from './runs.ts';
import { Workspace } from './schemas.ts';

const PARQUET = 'application/vnd.apache.parquet';
const CONVERTED: Record<ConvertedFormat, string> = { csv: 'text/csv; charset=utf-8', json: 'application/json' };

const download = route({
  id: 'downloadRunOutput',
  method: 'GET',
  ...runPaths('/download'),
  scope: 'read',
  tag: 'Runs',
  summary: "Download a run's output",
  description:
    'The Parquet file that the transforms made, with ranges and ETag; `format` converts it on the way, without either.',
  query: Strict({
    format: OneOf(['parquet', 'csv', 'json'], { description: 'What to send.', default: 'parquet' }),
    workspace: Workspace,
  }),
  headers: {
    Range: 'One range of bytes.',
    'If-Range': 'Send the range only if the file still has this ETag.',
    'If-None-Match': 'Send nothing (304) if the file still has this ETag.',
  },
  answer: {
    form: 'raw',
    content: { [PARQUET]: 'The file.', 'text/csv': 'With `format=csv`.', 'application/json': 'With `format=json`.' },
    part: 'The range that was asked for.',
    unchanged: 'The file still has this ETag.',
  },
  errors: ['not_found', 'conflict', 'range_not_satisfiable', 'unavailable'],
  examples: [{ title: 'As CSV', path: '/runs/run_01k9x2m4c7r8t5v6w1y3z0a2b4/download?format=csv' }],
  handler: async (request, deps) => {
    const { params, query, caller } = request;
    const run = await findRun(deps, caller, params, query.workspace);
    const file = await openOutput(run, deps, request.signal);
    const named = { 'Content-Disposition': `attachment; filename="${run.pipeline}-${run.id}.${query.format}"` };
    try {
      return query.format === 'parquet'
        ? await sendFile(file, named, request)
        : await sendConverted(file, query.format, named, deps, request.signal);
    } catch (error) {
      await file.close();
      throw error;
    }
  },
});

async function sendFile(
  file: OutputFile,
  named: Record<string, string>,
  request: Pick<RouteRequest, 'header' | 'setHeader'>,
): Promise<Reply> {
  const { size, etag, modified } = file;
  const headers = {
    ...named,
    'Accept-Ranges': 'bytes',
    ETag: etag,
    'Last-Modified': modified.toUTCString(),
    'Cache-Control': 'private, no-cache',
  };
  if (namesTag(request.header('if-none-match'), etag)) {
    await file.close();
    return new Reply('', null, { status: 304, headers });
  }
  const { start, end, part } = rangeOf(request, file);
  return new Reply(PARQUET, await file.read(start, end), {
    status: part ? 206 : 200,
    headers: {
      ...headers,
      'Content-Length': String(end - start + 1),
      ...(part ? { 'Content-Range': `bytes ${start}-${end}/${size}` } : {}),
    },
  });
}

/** The bytes that are asked for: all, or a part of them. */
function rangeOf(
  { header, setHeader }: Pick<RouteRequest, 'header' | 'setHeader'>,
  { size, etag }: OutputFile,
): { readonly start: number; readonly end: number; readonly part: boolean } {
  const ifRange = header('if-range');
  try {
    const range = ifRange === undefined || ifRange === etag ? parseRange(header('range'), size) : null;
    return range === null ? { start: 0, end: size - 1, part: false } : { ...range, part: true };
  } catch (error) {
    if (isHeadgateError(error)) setHeader('Content-Range', `bytes */${size}`);
    throw error;
  }
}

async function sendConverted(
  file: OutputFile,
  format: ConvertedFormat,
  named: Record<string, string>,
  deps: RouteDeps,
  signal: AbortSignal,
): Promise<Reply> {
  const release = deps.slots.conversions.take();
  try {
    const pieces = convertParquet(await file.local(), format, signal);
    // What fails at once is answered as an error; later the answer can only break off.
    const first = await pieces.next();
    const stream = Readable.from(resumed(first, pieces), { objectMode: false });
    stream.once('close', () => {
      release();
      file.close().catch((error: unknown) => deps.log.warn({ error: messageOf(error) }, 'an output was not closed'));
    });
    return new Reply(CONVERTED[format], stream, { headers: named });
  } catch (error) {
    release();
    throw error;
  }
}

async function* resumed(
  first: IteratorResult<string, void>,
  rest: AsyncGenerator<string, void>,
): AsyncGenerator<string> {
  if (first.done !== true) yield first.value;
  yield* rest;
}

export const runOutputRoutes: readonly Route[] = [download];
