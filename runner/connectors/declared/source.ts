/** Reading a stream of a declared connector, page by page, with the engine of the `http` connector. */
import { HeadgateError } from '../../../foundation/errors.ts';
import { parseDuration } from '../../../foundation/time.ts';
import type { ConnectorStream } from '../../../crds/index.ts';
import type { Pagination } from '../../../crds/pagination.ts';
import type { ConnectorContext, Extract, ReadRequest, Source } from '../../ports.ts';
import type { Answer, Call, HttpClient } from '../http/client.ts';
import { isObject, withValueAt } from '../http/json.ts';
import type { HttpSettings } from '../http/settings.ts';
import { formatSince } from '../http/since.ts';
import { httpSource } from '../http/source.ts';
import { bodyText, jsonOf } from './answer-body.ts';
import { judge, readError } from './answers.ts';
import { Api, baseSettings, computed, type Settings } from './api.ts';
import { textsOf, type CompiledManifest, type CompiledStream } from './manifest.ts';
import { pick } from './pick.ts';
import { compileTemplate, settingsIn, textOf } from './template.ts';

export function declaredSource(manifest: CompiledManifest, settings: Settings, ctx: ConnectorContext): Source {
  return {
    async open(request: ReadRequest): Promise<Extract> {
      const stream = pick(manifest.streams, request.stream, 'stream');
      const since = sinceOf(stream.spec, request);
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
      return withColumns(opened, stream.spec, since !== null && stream.spec.incremental?.lookback !== undefined);
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
    const body = jsonOf(await bodyText(answer));
    const rules = this.#manifest.answers;
    const judgement = judge(answer, body, { rules, settings: this.#settings, pathOfRecord: false });
    throw readError(judgement, this.#api.throttle.waitOf(answer));
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
  const param = since === null ? undefined : spec.incremental?.param;
  const inBody = spec.incremental?.in === 'body';
  const { records } = spec;
  const text = (template: string): string => compileText(template, settings);
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
    ...(records === undefined ? {} : { records: text(records) }),
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
const PAGINATIONS = ['cursor', 'record', 'next', 'link', 'page', 'offset'] as const;

function paginationOf(
  kinds: NonNullable<ConnectorStream['pagination']>,
  settings: Settings,
): { pagination?: Pagination } {
  const given = (kind: (typeof PAGINATIONS)[number]): boolean =>
    Object.values(kinds[kind] ?? {})
      .flatMap((value) => (typeof value === 'string' ? settingsIn(value) : []))
      .every((name) => settings[name] !== undefined && settings[name] !== '');
  const kind = PAGINATIONS.find((each) => kinds[each] !== undefined && given(each));
  if (kind === undefined) return {};
  const filled = Object.entries(kinds[kind] ?? {}).map(([name, value]) => [
    name,
    typeof value === 'string' ? compileText(value, settings) : value,
  ]);
  return { pagination: { [kind]: Object.fromEntries(filled) } };
}

const compileText = (template: string, settings: Settings): string =>
  textOf(compileTemplate(template, ['settings'], 'settings')({ settings }));

function sinceOf({ incremental }: ConnectorStream, { incremental: asked }: ReadRequest): string | null {
  const after = asked?.after ?? null;
  if (incremental === undefined || after === null || asked?.cursor !== incremental.cursor) return null;
  const lookback = incremental.lookback === undefined ? 0 : parseDuration(incremental.lookback);
  return formatSince(after, asked.type, incremental.format ?? 'auto', lookback);
}

function withColumns(opened: Extract, { columns }: ConnectorStream, filtered: boolean): Extract {
  if (opened.form !== 'rows') return opened;
  const extract = { ...opened, filtered: opened.filtered || filtered };
  return columns === undefined ? extract : { ...extract, columns: columns.map(({ name, type }) => ({ name, type })) };
}
