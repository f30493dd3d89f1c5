import { HeadgateError } from '../../../foundation/errors.ts';
import type { ConnectorContext, Extract, ReadRequest, Row, Source } from '../../ports.ts';
import { readLines, readText, type ReadLimits } from './body.ts';
import type { Answer, Call, HttpClient } from './client.ts';
import { describeUrl } from './describe-url.ts';
import { pageCall, pageUrl, type Asking } from './page-call.ts';
import { createPaginator, type PageRead, type PageRequest } from './pagination.ts';
import { createPacer, type Pacer } from './rate.ts';
import { parseOrThrow, recordOfLine, recordsOf } from './records.ts';
import type { HttpSettings } from './settings.ts';
import { formatSince } from './since.ts';
import { mediaType, statusError } from './status.ts';
import { clientOf, maxRetryAfter, targetOf } from './target.ts';

/** Rows handed to the engine at once. */
const BATCH_ROWS = 2000;

const NDJSON_TYPES = [
  'application/x-ndjson',
  'application/ndjson',
  'application/jsonl',
  'application/x-jsonlines',
  'application/jsonlines',
];

/** `connect` opens what requests go through: by default the settings' own client. */
export function httpSource(
  settings: HttpSettings,
  ctx: ConnectorContext,
  connect: () => Promise<HttpClient> = () => clientOf(settings, ctx, 'source_failed'),
): Source {
  return {
    async open(request: ReadRequest): Promise<Extract> {
      checkShape(settings);
      const target = targetOf(settings, request.stream);
      const since = sinceOf(settings, request);
      // APIs differ in whether `since` includes its value, so the engine filters again.
      return {
        form: 'rows',
        batches: readPages({ settings, ctx, connect, target, since, limit: request.limit }),
        filtered: false,
      };
    },
  };
}

interface Reading extends Asking {
  readonly ctx: ConnectorContext;
  readonly connect: () => Promise<HttpClient>;
  readonly limit: number | undefined;
}

/** What one run holds while it reads. */
interface Session extends Reading {
  readonly client: HttpClient;
  readonly pacer: Pacer;
  readonly limits: ReadLimits;
}

async function* readPages(reading: Reading): AsyncGenerator<readonly Row[]> {
  const { settings, ctx } = reading;
  const client = await reading.connect();
  try {
    const session: Session = {
      ...reading,
      client,
      pacer: createPacer(settings.requestsPerSecond),
      limits: {
        unitBytes: settings.limits?.responseBytes ?? 67_108_864,
        budget: { bytes: settings.limits?.totalBytes ?? 68_719_476_736 },
        signal: ctx.signal,
      },
    };
    const paginator = createPaginator(settings.pagination);
    const maxPages = settings.limits?.pages ?? 10_000;
    let next: PageRequest | null = paginator.first;
    let url = reading.target.url;
    let total = 0;
    for (let number = 1; next !== null; number++) {
      if (number > maxPages) {
        throw new HeadgateError('source_failed', `${describeUrl(url)} has more than ${maxPages} pages`, {
          hint: 'raise `limits.pages`, or read less',
        });
      }
      url = pageUrl(reading, next, url);
      const page: PageRead = yield* readPage(session, pageCall(reading, next, url), number);
      total += page.records;
      if (reading.limit !== undefined && total >= reading.limit) return;
      next = paginator.next(page);
      if (next === null)
        ctx.log('info', `read ${total} records on ${number} pages of ${describeUrl(reading.target.url)}`);
    }
  } finally {
    await client.close();
  }
}

async function* readPage(session: Session, call: Call, number: number): AsyncGenerator<readonly Row[], PageRead> {
  const { settings, ctx, limits } = session;
  const what = `page ${number} of ${describeUrl(call.url)}`;
  const page = await ctx.retry(what, async () => {
    await session.pacer(ctx.signal);
    const answer = await session.client.send(call, ctx.signal);
    if (answer.status < 200 || answer.status > 299) throw statusError(answer, 'source_failed', maxRetryAfter(settings));
    if (isNdjson(settings, answer)) return { answer, text: undefined };
    // Read whole within the retry, so that a page that breaks off is read again and never half delivered.
    return { answer, text: answer.status === 204 ? '' : await readText(answer, limits) };
  });
  const linkHeader = page.answer.headers['link'];
  if (page.text === undefined) {
    const records = yield* readRecordLines(page.answer, limits);
    return { body: undefined, text: undefined, records, linkHeader };
  }
  const empty = page.text.trim() === '';
  const body = empty ? undefined : parseOrThrow(page.text, `the answer of ${describeUrl(page.answer.url)}`);
  const records = empty ? [] : recordsOf(body, settings.records);
  for (let start = 0; start < records.length; start += BATCH_ROWS) yield records.slice(start, start + BATCH_ROWS);
  return { body, text: page.text, records: records.length, last: records.at(-1), linkHeader };
}

async function* readRecordLines(answer: Answer, limits: ReadLimits): AsyncGenerator<readonly Row[], number> {
  let count = 0;
  let batch: Row[] = [];
  for await (const line of readLines(answer, limits)) {
    count += 1;
    batch.push(recordOfLine(line, count));
    if (batch.length < BATCH_ROWS) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
  return count;
}

function sinceOf({ incremental }: HttpSettings, request: ReadRequest): string | null {
  const after = request.incremental?.after ?? null;
  if (incremental === undefined || after === null) return null;
  return formatSince(after, request.incremental?.type ?? null, incremental.format ?? 'auto');
}

const isNdjson = ({ format }: HttpSettings, answer: Answer): boolean =>
  format === 'ndjson' || (format !== 'json' && NDJSON_TYPES.includes(mediaType(answer)));

/** What the schema cannot say about how settings go together. Throws `invalid_settings`. */
export function checkShape(settings: HttpSettings): void {
  const { method, body, pagination, incremental, format } = settings;
  const places = [
    pagination?.cursor?.in,
    pagination?.record?.in,
    pagination?.page?.in,
    pagination?.offset?.in,
    incremental?.in,
  ];
  const needsPost = body !== undefined || places.includes('body');
  const fromBody = [pagination?.cursor, pagination?.record, pagination?.next].some((kind) => kind !== undefined);
  const why =
    needsPost && method !== 'POST'
      ? '`body` and `in: body` need `method: POST`'
      : fromBody && format === 'ndjson'
        ? 'NDJSON has no body around its records to take a cursor from: use `link`, `page` or `offset`'
        : null;
  if (why !== null) throw new HeadgateError('invalid_settings', why);
}
