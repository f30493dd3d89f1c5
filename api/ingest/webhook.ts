/** `POST /hooks/{id}`: requests of other systems that carry a signature instead of a token. */
import type { IncomingMessage } from 'node:http';
import { HeadgateError, isHeadgateError } from '../../foundation/errors.ts';
import type { Clock } from '../../foundation/time.ts';
import type { IncomingEvent } from '../../runner/ports.ts';
import { networkOf } from '../access/address.ts';
import type { ApiLimits } from '../deps.ts';
import type { Validate } from '../http/validate.ts';
import { demandScope } from '../middleware/authorize.ts';
import { maySee, noSuch } from '../access/find.ts';
import type { Ticket } from './admission.ts';
import { answerAll, type Ignored } from './answer.ts';
import type { BodyReader } from './body.ts';
import { createBucket, type Bucket } from './bucket.ts';
import type { Exchange } from './exchange.ts';
import type { Intake, Offer, Outcome } from './intake.ts';
import type { IngestMetrics } from './metrics.ts';
import { queryOf } from './query.ts';
import { notReady, type Receiver } from './receivers.ts';
import type { Target, TargetSource } from './target.ts';
import { isOfIntegration, type Targets } from './targets.ts';
import type { TokenCache } from './token-cache.ts';
import type { TokenRates } from './token-rates.ts';

/** Wrong signatures a second that are told so, for each pipeline and address; further ones are told to wait. */
const WRONG_PER_SECOND = 10;
const MAX_SENDERS = 10_000;

export interface WebhookDeps {
  readonly limits: ApiLimits;
  readonly clock: Clock;
  readonly tokens: TokenCache;
  readonly addressOf: (request: IncomingMessage) => string;
  readonly rates: TokenRates;
  readonly targets: Targets;
  readonly intake: Intake;
  readonly metrics: IngestMetrics;
  readonly bodies: BodyReader;
  readonly receiverOf: (source: TargetSource) => Promise<Receiver>;
  readonly wrong: WrongSignatures;
  readonly checkQuery: Validate;
}

export async function takeWebhook(exchange: Exchange, ticket: Ticket, id: string, deps: WebhookDeps): Promise<void> {
  const { headers } = exchange.request;
  const workspace = queryOf(exchange.search, deps.checkQuery)['workspace'];
  const target = await deps.targets.findSigned(id, workspace);
  // Who has shown neither token nor signature learns no more of a pipeline than its address.
  if (target.source === null) throw notReady();
  const absent = (): HeadgateError => noSuch('Pipeline', id, workspace ?? 'default');
  if (target.source.connector.receiver === undefined) throw absent();
  const { receiver, signed } = await deps.receiverOf(target.source);
  if (!signed) await demandToken(exchange, target, absent, deps);

  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    throw new HeadgateError('unsupported_media_type', `the body has the encoding '${encoding.slice(0, 40)}'`, {
      hint: 'signatures are made over what is sent: send it uncompressed',
    });
  }
  const body = await deps.bodies.read(exchange.request, ticket, deps.limits.bodyBytes);
  let incoming: readonly IncomingEvent[];
  try {
    incoming = receiver.receive({ headers: headers as Record<string, string | undefined>, body, now: deps.clock() });
  } catch (error) {
    // Others behind the same proxy whose signature is right are not held up by who guesses.
    if (isHeadgateError(error) && error.code === 'signature_invalid') {
      deps.wrong.count(`${target.id} ${networkOf(deps.addressOf(exchange.request))}`, deps.clock());
    }
    throw error;
  }
  if (incoming.length > deps.limits.eventsPerRequest) {
    throw new HeadgateError('payload_too_large', `the request holds more than ${deps.limits.eventsPerRequest} events`);
  }
  answerAll(exchange, await storeWanted(incoming, target, deps.intake), deps.metrics);
}

/**
 * Types that the connection does not act upon are ignored instead of refused: many senders send all types they have, and
 * switch off a receiver that refuses some.
 */
async function storeWanted(
  incoming: readonly IncomingEvent[],
  target: Target,
  intake: Intake,
): Promise<readonly (Outcome | Ignored)[]> {
  const ignored = incoming.map(({ type }): Ignored | null => {
    const why = target.refusal === null ? (target.unsynchronized?.(type) ?? null) : null;
    return why === null ? null : { ignored: true, type, reason: why.message };
  });
  const wanted = incoming.filter((_, index) => ignored[index] === null);
  const outcomes = await intake.store(wanted.map((event) => offered(intake, event, target)));
  let next = 0;
  return ignored.map((each) => each ?? outcomes[next++]!);
}

/** Who may not see the pipeline is told what is said where there is none. */
async function demandToken(
  exchange: Exchange,
  target: Target,
  absent: () => HeadgateError,
  deps: WebhookDeps,
): Promise<void> {
  const token = await deps.tokens.find(exchange.request.headers.authorization ?? '', () =>
    deps.addressOf(exchange.request),
  );
  exchange.tokenId = token.id;
  demandScope(token, 'ingest');
  if (!maySee(token, target.workspace) || !isOfIntegration(token, target)) throw absent();
  deps.rates.take(token, 1, exchange);
}

function offered(intake: Intake, event: IncomingEvent, target: Target): Offer | HeadgateError {
  const { type, key, payload, attributes, idempotencyKey } = event;
  try {
    return intake.offer(
      {
        event_type: type,
        payload,
        ...(key === null ? {} : { key }),
        ...(attributes === undefined ? {} : { attributes }),
        ...(idempotencyKey === undefined ? {} : { idempotency_key: idempotencyKey }),
      },
      target,
    );
  } catch (error) {
    if (isHeadgateError(error) && error.status < 500) return error;
    throw error;
  }
}

export interface WrongSignatures {
  /** Counts a wrong one. Throws `rate_limited` when the sender had too many. */
  count(sender: string, now: number): void;
}

/** Slows down who tries signatures. Forgets everything when too many senders are known, which costs one more second's worth. */
export function createWrongSignatures(): WrongSignatures {
  const senders = new Map<string, Bucket>();
  return {
    count(sender, now) {
      let bucket = senders.get(sender);
      if (bucket === undefined) {
        if (senders.size >= MAX_SENDERS) senders.clear();
        senders.set(sender, (bucket = createBucket(WRONG_PER_SECOND)));
      }
      const wait = bucket.wait(1, now);
      if (wait > 0) {
        throw new HeadgateError('rate_limited', 'too many requests with a wrong signature', {
          retryAfter: wait / 1000,
          retryable: true,
        });
      }
      bucket.take(1, now);
    },
  };
}
