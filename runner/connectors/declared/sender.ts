/** Sends records by one action, and says which of them the API took. */
import { HeadgateError, messageOf } from '../../../foundation/errors.ts';
import { parseDuration } from '../../../foundation/time.ts';
import { DeliveryError, type Excerpts } from '../../delivery-error.ts';
import type { FailedRecord } from '../../ports.ts';
import type { Answer, Call } from '../http/client.ts';
import { describeUrl } from '../http/describe-url.ts';
import { excerptOf } from '../http/excerpt.ts';
import { CREDENTIALS } from '../http/verdict.ts';
import { jsonOf } from './answer-body.ts';
import { judge, type Judgement } from './answers.ts';
import type { Api, Settings } from './api.ts';
import type { CompiledAction, CompiledManifest } from './manifest.ts';
import { refusedIn } from './record-errors.ts';
import type { RequestBuilder, Written } from './request.ts';
import { isOfRecord } from './template.ts';

/** Characters of a body that are kept for the record of attempts. */
const KEPT_CHARACTERS = 2048;
/** These speak of the moment: nobody gets through now. Other 5xx may come of what was sent. */
const NOBODY = new Set([408, 425, 429, 502, 503, 504]);

export interface Sent {
  readonly failed: readonly FailedRecord[];
  readonly excerpts: Excerpts;
}

export class ActionSender {
  readonly #action: CompiledAction;
  readonly #manifest: CompiledManifest;
  readonly #settings: Settings;
  readonly #api: Api;
  readonly #builder: RequestBuilder;
  readonly #waits: boolean;
  /** Whether anything in a good answer matters. */
  readonly #reads: boolean;

  constructor(
    action: CompiledAction,
    given: {
      readonly manifest: CompiledManifest;
      readonly settings: Settings;
      readonly api: Api;
      readonly builder: RequestBuilder;
      /** A stream waits until the API lets it in again; a run has an end and fails. */
      readonly waits: boolean;
    },
  ) {
    this.#action = action;
    this.#manifest = given.manifest;
    this.#settings = given.settings;
    this.#api = given.api;
    this.#builder = given.builder;
    this.#waits = given.waits;
    this.#reads =
      action.errors !== null ||
      [...action.answers, ...given.manifest.answers].some(
        ({ rule }) => rule.statuses?.some((status) => status >= 200 && status <= 299) ?? true,
      );
  }

  /** The name of the action. */
  get name(): string {
    return this.#action.spec.name;
  }

  /** Records of one request at most. */
  get size(): number {
    return this.#action.spec.batch?.size ?? 1;
  }

  /**
   * One request. Several records that are refused together are named one by one, and `together` says so. Throws
   * `DeliveryError` where all of it failed. `identify` makes the idempotency key out of the body.
   */
  async send(
    records: readonly Written[],
    identify: (body: string) => string,
    signal: AbortSignal,
  ): Promise<Sent & { readonly together: boolean }> {
    const { call, sent, failed } = this.#builder.build(records);
    if (call === null) return { failed, excerpts: {}, together: false };
    const header = this.#action.spec.idempotencyHeader;
    const body = call.body ?? '';
    const identified =
      header === undefined ? call : { ...call, headers: { ...call.headers, [header.toLowerCase()]: identify(body) } };
    const request = `${call.method} ${describeUrl(call.url)}\n${body.slice(0, KEPT_CHARACTERS)}`;
    const { answer, text, excerpt } = await this.#ask(identified, request, signal);
    const excerpts = { request, response: excerpt };
    if (text === null && this.#reads && answer.status >= 200 && answer.status <= 299) {
      // What it would have said of the records is not known.
      const message = `${describeUrl(answer.url)} answered ${answer.status} with a body that cannot be read`;
      throw new DeliveryError('destination_failed', message, { retryable: true, ...excerpts });
    }
    const judgement = this.#judge(answer, text, excerpts);
    if (judgement.as === 'taken') {
      const named = this.#named(answer, text, { sent: sent.length, excerpts });
      return {
        failed: [...failed, ...named.map((each) => ({ ...each, index: sent[each.index]! }))],
        excerpts,
        together: false,
      };
    }
    const refused = sent.map((index) => ({ index, reason: judgement.message, retryable: false }));
    return { failed: [...failed, ...refused], excerpts, together: sent.length > 1 };
  }

  /** Throws what concerns the whole request. */
  #judge(answer: Omit<Answer, 'body'>, text: string | null, excerpts: Excerpts): Judgement {
    const judgement = judge(answer, jsonOf(text), {
      rules: [...this.#action.answers, ...this.#manifest.answers],
      settings: this.#settings,
      pathOfRecord: isOfRecord(this.#action.spec.path),
    });
    const { as, message, hint, wait } = judgement;
    const more = { ...(hint === undefined ? {} : { hint }), ...excerpts };
    if (as === 'later') {
      const retryAfter = this.#api.throttle.waitOf(answer) ?? wait;
      if (retryAfter !== undefined) this.#api.throttle.pause(retryAfter);
      const nobody = NOBODY.has(answer.status) || answer.status < 500;
      throw new DeliveryError(nobody ? 'destination_unreachable' : 'destination_failed', message, {
        ...more,
        retryable: true,
        ...(retryAfter === undefined ? {} : { retryAfter }),
      });
    }
    if (as === 'failed' && this.#waits && CREDENTIALS.has(answer.status)) {
      throw new DeliveryError('destination_unreachable', message, { ...more, retryable: true });
    }
    if (as === 'failed') {
      throw new DeliveryError(answer.status === 410 ? 'destination_gone' : 'destination_failed', message, {
        ...more,
        retryable: false,
      });
    }
    return judgement;
  }

  #named(
    answer: Omit<Answer, 'body'>,
    text: string | null,
    { sent, excerpts }: { readonly sent: number; readonly excerpts: Excerpts },
  ): readonly FailedRecord[] {
    const { errors } = this.#action;
    if (errors === null || text === null || text.trim() === '') return [];
    try {
      return refusedIn(answer, text, { errors, sent, settings: this.#settings });
    } catch (cause) {
      // Which records it took cannot be known: the idempotency of the API, or of an upsert, has to tell them apart.
      const message = `what ${describeUrl(answer.url)} answered about single records is not understood: ${messageOf(cause)}`;
      throw new DeliveryError('destination_failed', message, { cause, retryable: false, ...excerpts });
    }
  }

  /** Whatever is no answer makes the destination unreachable: it cannot concern the records. */
  async #ask(
    call: Call,
    request: string,
    signal: AbortSignal,
  ): Promise<{ answer: Omit<Answer, 'body'>; text: string | null; excerpt: string }> {
    const timeout = this.#settings.timeout ?? '60s';
    const late = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const begin = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => late.abort(), parseDuration(timeout));
    };
    try {
      const answer = await this.#api.send(call, AbortSignal.any([signal, late.signal]), begin);
      if (!this.#reads && answer.status >= 200 && answer.status <= 299) {
        return { answer, text: null, excerpt: this.#api.hide(await excerptOf(answer)) };
      }
      const text = await this.#api.text(answer);
      const shown = (text ?? '').slice(0, KEPT_CHARACTERS).replaceAll(/[^\P{Cc}\n\t]/gu, '\uFFFD');
      return { answer, text, excerpt: shown === '' ? String(answer.status) : `${answer.status} ${shown}` };
    } catch (error) {
      signal.throwIfAborted();
      if (late.signal.aborted) {
        const message = `${call.method} ${describeUrl(call.url)} failed: no answer within ${timeout}`;
        throw new DeliveryError('destination_unreachable', message, { retryable: true, request });
      }
      if (!(error instanceof HeadgateError) || error.code !== 'destination_failed') throw error;
      throw new DeliveryError('destination_unreachable', error.message, {
        retryable: true,
        cause: error,
        request,
        ...(error.retryAfter === undefined ? {} : { retryAfter: error.retryAfter }),
      });
    } finally {
      clearTimeout(timer);
    }
  }
}
