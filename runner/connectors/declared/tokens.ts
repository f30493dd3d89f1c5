/** Access tokens of OAuth 2.0 (RFC 6749): asked for once, kept, and renewed before they expire or when they are refused. */
import { HeadgateError, type ErrorCodeName } from '../../../foundation/errors.ts';
import { abortable } from '../../abortable.ts';
import type { Call, HttpClient } from '../http/client.ts';
import { describeUrl } from '../http/describe-url.ts';
import { isObject } from '../http/json.ts';
import { isRetryable, retryAfterSeconds } from '../http/status.ts';
import { bodyText, jsonOf } from './answer-body.ts';
import type { TokenGrant } from './auth.ts';

export interface TokenOptions {
  readonly grant: TokenGrant;
  readonly client: HttpClient;
  readonly failure: Extract<ErrorCodeName, 'source_failed' | 'destination_failed'>;
  /** Ends the requests for tokens, which several callers may wait for. */
  readonly signal: AbortSignal;
  /** Milliseconds; only differences count. */
  readonly now?: () => number;
}

interface Token {
  readonly value: string;
  /** When it is renewed; Infinity where the server did not say for how long it lives. */
  readonly renewAt: number;
}

/** A token is renewed so long before its end, in milliseconds, or a tenth of its life before where that is shorter. */
const MARGIN_MS = 60_000;
const MAX_ANSWER = 65_536;

export class AccessTokens {
  readonly #options: TokenOptions;
  #token: Token | null = null;
  #last = '';
  #renewal: Promise<Token> | null = null;
  /** Servers may give a new refresh token with each access token; the old one is dead then. */
  #refreshToken: string | undefined;

  constructor(options: TokenOptions) {
    this.#options = options;
    this.#refreshToken = options.grant.refreshToken;
  }

  /**
   * A token that is believed to be valid. However many ask at the same time, one request is made. Throws `invalid_settings`
   * when the server refuses who asks, and `failure` when it may answer later. `signal` ends the wait of one of them, and
   * the request goes on for the others.
   */
  async current(signal: AbortSignal): Promise<string> {
    const token = this.#token;
    if (token !== null && this.#now() < token.renewAt) return token.value;
    return (await abortable(this.#renew(), signal)).value;
  }

  /** A server refused `value`: it is not used again. One that was renewed meanwhile stays. */
  refused(value: string): void {
    if (this.#token?.value === value) this.#token = null;
  }

  /** A text of the API without the token, which some repeat in their answers. */
  hide(text: string): string {
    const value = this.#last;
    return value === '' ? text : text.replaceAll(value, '[token]');
  }

  #now(): number {
    return (this.#options.now ?? (() => performance.now()))();
  }

  #renew(): Promise<Token> {
    this.#renewal ??= this.#request().finally(() => {
      this.#renewal = null;
    });
    return this.#renewal;
  }

  async #request(): Promise<Token> {
    const { client, failure, signal } = this.#options;
    const call = this.#call();
    const asked = this.#now();
    const answer = await client.send(call, signal);
    const found = jsonOf(await bodyText(answer, MAX_ANSWER));
    const body = isObject(found) ? found : {};
    if (answer.status < 200 || answer.status > 299) {
      const retryAfter = retryAfterSeconds(answer.headers['retry-after'], Date.now(), 900);
      const message = `${describeUrl(call.url)} gave no token: ${answer.status}${reasonOf(body)}`;
      const later = isRetryable(answer.status);
      throw new HeadgateError(later ? failure : 'invalid_settings', message, {
        retryable: later,
        ...(retryAfter === undefined ? {} : { retryAfter }),
        hint: 'check the client, its secret and the refresh token',
      });
    }
    const value = body['access_token'];
    if (typeof value !== 'string' || value === '') {
      throw new HeadgateError('invalid_settings', `${describeUrl(call.url)} answered without \`access_token\``);
    }
    const fresh = body['refresh_token'];
    if (this.#refreshToken !== undefined && typeof fresh === 'string' && fresh !== '') this.#refreshToken = fresh;
    const token = { value, renewAt: asked + lifetimeOf(body['expires_in']) };
    this.#token = token;
    this.#last = value;
    return token;
  }

  #call(): Call {
    const { tokenUrl, clientId, clientSecret, scope, params, clientAuth } = this.#options.grant;
    const url = URL.parse(tokenUrl);
    if (url === null || !['http:', 'https:'].includes(url.protocol)) {
      throw new HeadgateError('invalid_settings', 'the address of the token endpoint is no http or https address');
    }
    const form = new URLSearchParams(params);
    form.set('grant_type', this.#refreshToken === undefined ? 'client_credentials' : 'refresh_token');
    if (this.#refreshToken !== undefined) form.set('refresh_token', this.#refreshToken);
    if (scope !== undefined && scope !== '') form.set('scope', scope);
    const headers: Record<string, string> = {
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
    };
    if (clientAuth === 'basic') {
      // RFC 6749, 2.3.1: both parts are form-encoded before they are joined.
      const pair = [clientId, clientSecret ?? ''].map(formEncoded).join(':');
      headers['authorization'] = `Basic ${Buffer.from(pair).toString('base64')}`;
    } else {
      form.set('client_id', clientId);
      if (clientSecret !== undefined) form.set('client_secret', clientSecret);
    }
    return { method: 'POST', url, headers, body: form.toString() };
  }
}

/** Milliseconds until a token is to be renewed. */
function lifetimeOf(expiresIn: unknown): number {
  const seconds = typeof expiresIn === 'string' ? Number(expiresIn) : expiresIn;
  if (typeof seconds !== 'number' || !Number.isFinite(seconds) || seconds <= 0) return Infinity;
  const ms = seconds * 1000;
  return ms - Math.min(MARGIN_MS, ms / 10);
}

/** The code of RFC 6749, 5.2, which is one of a few words; nothing else of the answer is quoted. */
function reasonOf(body: Record<string, unknown>): string {
  const code = body['error'];
  return typeof code === 'string' && /^[a-z_]{1,40}$/.test(code) ? ` (${code})` : '';
}

const formEncoded = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1);
