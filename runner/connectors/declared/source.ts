/** Reading a stream of a declared connector, page by page, with the engine of the `http` connector. */
import { HeadgateError } from '../../../foundation/errors.ts';
import { parseDuration } from '../../../foundation/time.ts';
import type { ConnectorStream } from '../../../crds/index.ts';
import type { Pagination } from '../../../crds/pagination.ts';
import type { ConnectorContext, Extract, ReadRequest, Row, Source } from '../../ports.ts';
import type { Answer, Call, HttpClient } from '../http/client.ts';
import { isObject, withValueAt } from '../http/json.ts';
import type { HttpSettings } from '../http/settings.ts';
import { formatSince } from '../http/since.ts';
import { httpSource } from '../http/source.ts';
import { jsonOf } from './answer-body.ts';
import { judge, readError } from './answers.ts';
import { Api, baseSettings, computed, type Settings } from './api.ts';
import { textsOf, type CompiledManifest, type CompiledStream } from './manifest.ts';
import { pick } from './pick.ts';
import { compileTemplate, settingsIn, textOf } from './template.ts';

export function declaredSource(manifest: CompiledManifest, settings: Settings, ctx: ConnectorContext): Source {
  return {
    async open(request: ReadRequest): Promise<Extract> {
      const stream = pick(manifest.streams, request.stream, 'stream');
      const since = sinceOf(stream.spec, settings, request);
      const http = streamSettings(manifest, stream, settings, since);
      const path = computed({ settings, since }, stream.path);
      const source = httpSource(http, ctx, () => ReadingApi.open(manifest, settings, ctx));
      const { duck, limit } = request;
      const opened = await source.open({
        duck,
        ...(path === '' ? {} : { stream: path }),
        ...(limit === undefined ? {} : { limit }),
      });
      // What lookback brings once more is wanted; otherwise the engine looks for itself what is new.
      const filtered = since !== null && stream.spec.incremental?.lookback !== undefined;
      return shaped(opened, stream, settings, filtered);
    },
  };
}

/** Answers that are not 2xx are judged here, so that whoever reads pages sees good ones only. */
class ReadingApi implements HttpClient {
  readonly #manifest: CompiledManifest;
  readonly #settings: Settings;
  readonly #api: Api;

  private constructor(manifest: CompiledManifest, settings: Settings, api: Api) {
    this.#manifest = manifest;
    this.#settings = settings;
    this.#api = api;
  }

  static async open(manifest: CompiledManifest, settings: Settings, ctx: ConnectorContext): Promise<ReadingApi> {
    return new ReadingApi(manifest, settings, await Api.open(manifest, settings, ctx, { failure: 'source_failed' }));
  }

  async send(call: Call, signal: AbortSignal): Promise<Answer> {
    const answer = await this.#api.send(call, signal);
    if (answer.status >= 200 && answer.status <= 299) return answer;
    const body = jsonOf(await this.#api.text(answer));
    const rules = this.#manifest.answers;
    const judgement = judge(answer, body, { rules, settings: this.#settings, pathOfRecord: false });
    const wait = this.#api.throttle.waitOf(answer) ?? judgement.wait;
    // The engine waits no longer than the policy of the pipeline says, and the API may want more.
    if (judgement.as === 'later' && wait !== undefined) this.#api.throttle.pause(wait);
    throw readError(judgement, wait);
  }

  close(): Promise<void> {
    return this.#api.close();
  }
}

function streamSettings(
  manifest: CompiledManifest,
  stream: CompiledStream,
  settings: Settings,
  since: string | null,
): HttpSettings {
  const { spec } = stream;
  const scope = { settings, since };
  const base = baseSettings(manifest, settings);
  const body = stream.body === null ? undefined : computed(scope, stream.body);
  const param = since === null ? undefined : filled(spec.incremental?.param, settings);
  const inBody = spec.incremental?.in === 'body';
  const records = filled(spec.records, settings);
  return {
    ...base,
    method: spec.method ?? 'GET',
    headers: { ...base.headers, ...computed(scope, (values) => textsOf(stream.headers, values, textOf)) },
    query: {
      ...base.query,
      ...computed(scope, (values) => textsOf(stream.query, values, textOf)),
      ...(param === undefined || inBody ? {} : { [param]: since! }),
    },
    ...bodyOf(body, param !== undefined && inBody ? { [param]: since! } : {}),
    ...(spec.pagination === undefined ? {} : paginationOf(spec.pagination, settings)),
    ...(records === undefined ? {} : { records }),
  };
}

function bodyOf(body: unknown, more: Readonly<Record<string, string>>): { body?: Record<string, unknown> } {
  if (body === undefined && Object.keys(more).length === 0) return {};
  if (body !== undefined && !isObject(body)) {
    throw new HeadgateError('invalid_settings', 'the body of a request that reads must be a JSON object');
  }
  let document = body ?? {};
  for (const [name, value] of Object.entries(more)) document = withValueAt(document, name, value);
  return { body: document };
}

/** In the order in which they are tried. */
const PAGINATIONS = ['cursor', 'record', 'next', 'page', 'offset', 'link'] as const;

function paginationOf(
  kinds: NonNullable<ConnectorStream['pagination']>,
  settings: Settings,
): { pagination?: Pagination } {
  const given = (kind: (typeof PAGINATIONS)[number]): boolean => {
    const { path, param } = (kinds[kind] ?? {}) as { readonly path?: string; readonly param?: string };
    return [path, param]
      .flatMap((text) => (text === undefined ? [] : settingsIn(text)))
      .every((name) => settings[name] !== undefined && settings[name] !== '');
  };
  const kind = PAGINATIONS.find((each) => kinds[each] !== undefined && given(each));
  if (kind === undefined) return {};
  const members = Object.entries(kinds[kind] ?? {})
    .map(([name, value]) => [name, typeof value === 'string' ? compileText(value, settings) : value] as const)
    .filter(([, value]) => value !== '');
  return { pagination: { [kind]: Object.fromEntries(members) } };
}

const compileText = (template: string, settings: Settings): string =>
  textOf(compileTemplate(template, ['settings'], 'settings')({ settings }));

/** Undefined where there is none, or nothing in it. */
function filled(template: string | undefined, settings: Settings): string | undefined {
  const text = template === undefined ? '' : compileText(template, settings);
  return text === '' ? undefined : text;
}

function sinceOf(
  { incremental }: ConnectorStream,
  settings: Settings,
  { incremental: asked }: ReadRequest,
): string | null {
  const after = asked?.after ?? null;
  if (incremental === undefined || after === null) return null;
  if (asked === undefined || asked.cursor !== filled(incremental.cursor, settings)) return null;
  const lookback = incremental.lookback === undefined ? 0 : parseDuration(incremental.lookback);
  return formatSince(after, asked.type, incremental.format ?? 'auto', lookback);
}

function shaped(opened: Extract, { spec, record }: CompiledStream, settings: Settings, filtered: boolean): Extract {
  if (opened.form !== 'rows') return opened;
  const { columns } = spec;
  const batches = record === null ? opened.batches : mapped(opened.batches, (row) => record({ record: row, settings }));
  const extract = { ...opened, batches, filtered: opened.filtered || filtered };
  return columns === undefined ? extract : { ...extract, columns: columns.map(({ name, type }) => ({ name, type })) };
}

async function* mapped(
  batches: AsyncIterable<readonly Row[]>,
  change: (row: Row) => unknown,
): AsyncGenerator<readonly Row[]> {
  for await (const batch of batches) {
    yield batch.map((row) => {
      const made = change(row);
      if (isObject(made)) return made;
      throw new HeadgateError('source_failed', 'what `record` of the stream makes of a record is no map');
    });
  }
}
