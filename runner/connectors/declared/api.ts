/** The API of a connection: its address, what every request carries, and requests with token and pace. */
import { HeadgateError } from '../../../foundation/errors.ts';
import { parseDuration } from '../../../foundation/time.ts';
import type { ConnectorContext } from '../../ports.ts';
import { discard, createClient, type Answer, type Call, type ClientOptions, type HttpClient } from '../http/client.ts';
import type { HttpSettings } from '../http/settings.ts';
import { maxRetryAfter } from '../http/target.ts';
import { bodyText } from './answer-body.ts';
import { chooseAuth } from './auth.ts';
import { textsOf, type CompiledManifest } from './manifest.ts';
import type { CommonSettings } from './settings-schema.ts';
import { textOf, type Scope } from './template.ts';
import { Throttle } from './throttle.ts';
import { AccessTokens } from './tokens.ts';

export type Settings = CommonSettings & Readonly<Record<string, unknown>>;

/** The settings of the `http` connector that a connection means: what all of its requests have in common. */
export function baseSettings(manifest: CompiledManifest, settings: Settings): HttpSettings {
  const scope = { settings };
  const { fixed } = chooseAuth(manifest.spec.auth, settings);
  const { connectTimeout, timeout, limits } = settings;
  const url = settings.baseUrl ?? textOf(manifest.baseUrl(scope));
  if (!/^https?:\/\//i.test(url)) {
    throw new HeadgateError('invalid_settings', 'the address of the API is not an http or https address', {
      hint: 'set `baseUrl`, or correct the settings that it is made of',
    });
  }
  return {
    url,
    headers: textsOf(manifest.headers, scope, textOf),
    query: textsOf(manifest.query, scope, textOf),
    ...(fixed === undefined ? {} : { auth: fixed }),
    ...(connectTimeout === undefined ? {} : { connectTimeout }),
    ...(timeout === undefined ? {} : { timeout }),
    ...(limits === undefined ? {} : { limits }),
  };
}

export interface ApiOptions {
  readonly failure: ClientOptions['failure'];
  readonly connections?: number;
}

/** Requests of one connection. `send` answers whatever came, with the token renewed once when it was refused. */
export class Api implements HttpClient {
  readonly throttle: Throttle;
  readonly #client: HttpClient;
  readonly #tokens: AccessTokens | null;

  private constructor(client: HttpClient, tokens: AccessTokens | null, throttle: Throttle) {
    this.#client = client;
    this.#tokens = tokens;
    this.throttle = throttle;
  }

  static async open(
    manifest: CompiledManifest,
    settings: Settings,
    ctx: ConnectorContext,
    options: ApiOptions,
  ): Promise<Api> {
    const client = await createClient({
      policy: ctx.network,
      connectTimeout: parseDuration(settings.connectTimeout ?? '10s'),
      idleTimeout: parseDuration(settings.timeout ?? '60s'),
      ...options,
    });
    const { grant } = chooseAuth(manifest.spec.auth, settings);
    const { failure } = options;
    const tokens = grant === undefined ? null : new AccessTokens({ grant, client, failure, signal: ctx.signal });
    const maxWait = maxRetryAfter({ url: '', ...settings });
    return new Api(client, tokens, new Throttle({ rateLimit: manifest.spec.rateLimit, maxWait }));
  }

  /** `begin` is called when a request is about to start: what was before is waiting for the token and the turn. */
  async send(call: Call, signal: AbortSignal, begin: () => void = () => undefined): Promise<Answer> {
    const first = await this.#ask(call, signal, begin);
    if (first.answer.status !== 401 || first.token === null) return first.answer;
    // The server may have ended the token before its time.
    await discard(first.answer);
    this.#tokens?.refused(first.token);
    return (await this.#ask(call, signal, begin)).answer;
  }

  /** The body of an answer as text, without the access token; null where it cannot be read. Never throws. */
  async text(answer: Answer): Promise<string | null> {
    const text = await bodyText(answer);
    return text === null ? null : this.hide(text);
  }

  hide(text: string): string {
    return this.#tokens?.hide(text) ?? text;
  }

  async #ask(call: Call, signal: AbortSignal, begin: () => void): Promise<{ answer: Answer; token: string | null }> {
    const token = this.#tokens === null ? null : await this.#tokens.current(signal);
    await this.throttle.turn(signal);
    begin();
    const headers = token === null ? call.headers : { ...call.headers, authorization: `Bearer ${token}` };
    const answer = await this.#client.send({ ...call, headers }, signal);
    const wait = this.throttle.waitOf(answer);
    // Of a refusal the engine is told how long to wait; after an answer it is up to us.
    if (wait !== undefined && answer.status < 300) this.throttle.pause(wait);
    return { answer, token };
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}

/** A value over the settings and what is read or written, as an error of the settings. */
export function computed<T>(scope: Scope, compute: (scope: Scope) => T): T {
  try {
    return compute(scope);
  } catch (error) {
    if (!(error instanceof HeadgateError) || error.code !== 'transform_failed') throw error;
    throw new HeadgateError('invalid_settings', error.message, { cause: error, hint: error.hint });
  }
}
