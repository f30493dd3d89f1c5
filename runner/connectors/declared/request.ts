/** The request of an action for some records. */
import { HeadgateError, messageOf } from '../../../foundation/errors.ts';
import type { ConnectorSpec } from '../../../crds/index.ts';
import type { EventMeta, FailedRecord, Row } from '../../ports.ts';
import { surroundings } from '../../cel/event.ts';
import { checkedHeaders } from '../http/auth.ts';
import type { Call } from '../http/client.ts';
import type { HttpSettings } from '../http/settings.ts';
import { addQuery, targetOf } from '../http/target.ts';
import type { Settings } from './api.ts';
import { CONTENT_TYPES, encodeBody } from './encode.ts';
import { textsOf, type CompiledAction } from './manifest.ts';
import { compileTemplate, isOfRecord, settingsIn, textOf, type Scope, type Template } from './template.ts';

/** A record, and what surrounds it in a stream. */
export interface Written {
  readonly row: Row;
  readonly event: EventMeta | null;
}

export interface BuiltRequest {
  /** Null where no record is left to send. */
  readonly call: Call | null;
  /** Positions in what was given, of each item that is sent. */
  readonly sent: readonly number[];
  /** Records that the templates cannot be computed for. */
  readonly failed: readonly FailedRecord[];
}

/** Makes requests out of records. Throws `invalid_settings` when made, for settings that no request can be made with. */
export class RequestBuilder {
  readonly #action: CompiledAction;
  readonly #base: HttpSettings;
  readonly #settings: Settings;
  readonly #key: readonly string[];
  readonly #templates: readonly (readonly [name: string, template: Template])[];
  /** Whether records have a part in the address or the headers, so that one of them can spoil them. */
  readonly #ofRecord: boolean;

  constructor(
    action: CompiledAction,
    given: {
      readonly spec: ConnectorSpec;
      readonly base: HttpSettings;
      readonly settings: Settings;
      readonly key: readonly string[];
    },
  ) {
    this.#action = action;
    this.#base = given.base;
    this.#settings = given.settings;
    this.#key = given.key;
    this.#templates = settingTemplates(given.spec, given.settings);
    const { path, query = {}, headers = {} } = action.spec;
    const texts = [path, ...Object.values(query), ...Object.values(headers)];
    const names = new Set(this.#templates.map(([name]) => name));
    this.#ofRecord = texts.some((text) => isOfRecord(text) || settingsIn(text).some((name) => names.has(name)));
    // What is wrong with all requests is no fault of a record.
    targetOf(given.base, undefined);
  }

  build(records: readonly Written[]): BuiltRequest {
    const { spec, wrap } = this.#action;
    const failed: FailedRecord[] = [];
    const sent: number[] = [];
    const items: unknown[] = [];
    let call: Call | null = null;
    for (const [index, record] of records.entries()) {
      try {
        const scope = this.#scope(record, sent.length);
        const item = this.#action.body === null ? record.row : this.#action.body(scope);
        if (spec.batch === undefined) call = this.#call(scope, item);
        items.push(item);
        sent.push(index);
      } catch (error) {
        if (!this.#isOfRecord(error)) throw error;
        failed.push({ index, reason: messageOf(error), retryable: false });
      }
    }
    if (sent.length === 0 || spec.batch === undefined) return { call, sent, failed };
    // The records share an address, which names none of them.
    const together = wrap === null ? items : wrap({ items, settings: this.#settings });
    return { call: this.#call(this.#scope(null, 0), together), sent, failed };
  }

  /** Whether an error tells of a record: it cannot be computed with, or it makes an address or a header that cannot be. */
  #isOfRecord(error: unknown): error is HeadgateError {
    if (!(error instanceof HeadgateError)) return false;
    return error.code === 'transform_failed' || (error.code === 'invalid_settings' && this.#ofRecord);
  }

  #call(scope: Scope, body: unknown): Call {
    const { spec, path, query, headers } = this.#action;
    const encoding = spec.encoding ?? 'json';
    const below = path(scope);
    const target = targetOf(this.#base, below === '' ? undefined : below);
    addQuery(target.url, textsOf(query, scope, textOf));
    return {
      method: spec.method ?? 'POST',
      url: target.url,
      headers: {
        accept: 'application/json, */*;q=0.1',
        ...(encoding === 'none' ? {} : { 'content-type': CONTENT_TYPES[encoding] }),
        ...target.headers,
        ...checkedHeaders(textsOf(headers, scope, textOf)),
      },
      ...(encoding === 'none' ? {} : { body: encodeBody(encoding, body) }),
    };
  }

  #scope(record: Written | null, index: number): Scope {
    const event = record?.event ?? null;
    const given = { record: record?.row ?? null, event: event === null ? null : surroundings(event) };
    const settings = { ...this.#settings };
    // Made when it is asked for: an action that does not use it must not fail for it.
    for (const [name, template] of this.#templates) {
      const get = (): string | null => (record === null ? null : textOf(template(given)));
      Object.defineProperty(settings, name, { get, enumerable: true });
    }
    return { ...given, index: BigInt(index), key: this.#key, settings };
  }
}

/** Settings whose values are templates themselves. */
function settingTemplates({ settings: fields = {} }: ConnectorSpec, settings: Settings): [string, Template][] {
  return Object.entries(fields).flatMap(([name, field]): [string, Template][] => {
    const text = settings[name];
    if (field.template !== true || typeof text !== 'string') return [];
    try {
      return [[name, compileTemplate(text, ['record', 'event'], name)]];
    } catch (error) {
      if (!(error instanceof HeadgateError)) throw error;
      throw new HeadgateError('invalid_settings', error.message, { cause: error, hint: error.hint });
    }
  });
}
