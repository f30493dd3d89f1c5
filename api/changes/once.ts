import { createHmac, hash } from 'node:crypto';
import type { Context } from 'koa';
import { HeadgateError, isHeadgateError, messageOf } from '../../foundation/errors.ts';
import { newId } from '../../foundation/ids.ts';
import type { AnswerWish } from '../../store/answer-ports.ts';
import type { TokenRecord } from '../../store/ports.ts';
import type { RouteDeps } from '../deps.ts';
import { idempotencyKey } from '../http/idempotency.ts';
import { bearerToken } from '../access/authenticator.ts';
import { problemHeaders, problemOf, PROBLEM_TYPE } from '../middleware/problem.ts';
import { open, seal } from './seal.ts';

/** How long an answer is kept, in milliseconds. */
const KEEP_MS = 86_400_000;
/** A server that dies in the middle of a request frees its key after so many milliseconds at the latest. */
const LEASE_MS = 60_000;
const RENEW_MS = 20_000;
/** The longest body that is kept, in characters. */
const MAX_BODY = 262_144;
/** Header fields that belong to an answer; all others are made anew for each request. */
const HEADERS = ['content-type', 'location', 'etag', 'link', 'x-total-count', 'www-authenticate'];

interface KeptAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Null: it was too long. */
  readonly body: string | null;
}

type KeyDeps = Pick<RouteDeps, 'store' | 'clock' | 'log'>;

/**
 * Does what a request asks for once for each `Idempotency-Key`: `work` sets the answer of `ctx`, which is kept for 24 hours
 * for this token, and given again to the same request. Kept are answers that are final: none of 5xx or 429, and no
 * error that says that trying again may help; nor what is refused before there is work to do. Throws `conflict` while
 * the first request is under way, `idempotency_key_reused` for another request under the key, and `rate_limited` when
 * the token has too many keys.
 *
 * Answers are sealed with the token of the request, since some show a secret.
 */
export async function once(ctx: Context, text: string, deps: KeyDeps, work: () => Promise<unknown>): Promise<void> {
  const key = idempotencyKey({ header: (name) => ctx.get(name) || undefined });
  if (key === undefined) {
    await work();
    return;
  }
  const secret = bearerToken(ctx.get('authorization'));
  const wish = wishOf(ctx, key, text, secret, deps.clock());
  const reservation = await deps.store.answers.reserve(wish);
  if (reservation.form === 'kept') return replay(ctx, open(reservation.answer, secret, wish.key));
  if (reservation.form !== 'reserved') throw refusalOf(reservation.form);

  const timer = setInterval(() => void renew(wish, deps), RENEW_MS).unref();
  try {
    await work();
  } catch (error) {
    await settle(wish, isFinal(error) ? sealed(problem(ctx, error), secret, wish) : null, deps);
    throw error;
  } finally {
    clearInterval(timer);
  }
  await settle(wish, ctx.status < 500 ? sealed(answerOf(ctx), secret, wish) : null, deps);
}

function wishOf(ctx: Context, key: string, text: string, secret: string, now: number): AnswerWish {
  const token = ctx.state['token'] as TokenRecord;
  const request = [ctx.method, ctx.url, ctx.get('if-match'), ctx.get('content-type'), text];
  return {
    // A token whose secret was replaced is another one: it could not open what the former sealed.
    owner: hash('sha256', `${token.id} ${token.hash}`),
    key: hash('sha256', key),
    // With the token as its key: who reads the store cannot try out what a body with a short secret held.
    request: createHmac('sha256', secret).update(JSON.stringify(request)).digest('hex'),
    holder: newId('req'),
    now,
    leaseUntil: now + LEASE_MS,
  };
}

function refusalOf(form: 'running' | 'other' | 'full'): HeadgateError {
  if (form === 'running') {
    return new HeadgateError('conflict', 'the first request with this Idempotency-Key is still under way', {
      hint: 'ask again a little later: the answer will be the same',
      retryAfter: 1,
      retryable: true,
    });
  }
  if (form === 'other') {
    return new HeadgateError(
      'idempotency_key_reused',
      'the Idempotency-Key was used for another request within 24 hours',
    );
  }
  return new HeadgateError('rate_limited', 'too many idempotency keys with this token within 24 hours', {
    hint: 'leave the header out, or wait',
    retryAfter: 3600,
    retryable: true,
  });
}

async function renew(wish: AnswerWish, { store, clock, log }: KeyDeps): Promise<void> {
  try {
    await store.answers.renew(wish, clock() + LEASE_MS);
  } catch (error) {
    log.warn({ reason: messageOf(error) }, 'an idempotency key was not renewed');
  }
}

/** What was done is done: that its answer could not be kept is no reason to say otherwise. */
async function settle(wish: AnswerWish, answer: string | null, { store, clock, log }: KeyDeps): Promise<void> {
  try {
    if (answer === null) await store.answers.release(wish);
    else await store.answers.keep(wish, answer, clock() + KEEP_MS);
  } catch (error) {
    log.warn({ reason: messageOf(error) }, 'the answer to a request with an idempotency key was not kept');
  }
}

function isFinal(error: unknown): error is HeadgateError {
  return isHeadgateError(error) && error.status < 500 && error.status !== 429 && !error.retryable;
}

function problem(ctx: Context, error: HeadgateError): KeptAnswer {
  return {
    status: error.status,
    headers: { ...lowerCase(problemHeaders(error)), 'content-type': PROBLEM_TYPE },
    body: JSON.stringify(problemOf(error, ctx.path, String(ctx.state['requestId']))),
  };
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function answerOf(ctx: Context): KeptAnswer {
  const headers: Record<string, string> = {};
  for (const name of HEADERS) {
    const value = ctx.response.get(name);
    if (value !== '') headers[name] = value;
  }
  const body: unknown = ctx.body ?? '';
  return { status: ctx.status, headers, body: typeof body === 'string' ? body : null };
}

function sealed(answer: KeptAnswer, secret: string, wish: AnswerWish): string {
  const kept = (answer.body?.length ?? 0) > MAX_BODY ? { ...answer, body: null } : answer;
  return seal(JSON.stringify(kept), secret, wish.key);
}

function replay(ctx: Context, text: string | null): void {
  const answer = text === null ? null : (JSON.parse(text) as KeptAnswer);
  if (answer === null || answer.body === null) {
    throw new HeadgateError('conflict', 'the request was done already, and its answer was too long to be kept', {
      hint: 'read the thing itself',
    });
  }
  ctx.status = answer.status;
  ctx.body = answer.body === '' ? null : answer.body;
  // Koa makes 204 of an answer without a body.
  if (answer.body === '') ctx.status = answer.status;
  ctx.set({ ...answer.headers, 'Idempotent-Replayed': 'true' });
}
