/**
 * Requests that bring events are served here, in front of Koa: `POST /events` and webhooks. Everything that Koa's
 * middlewares do for other routes is done here by the same functions.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { HeadgateError } from '../../foundation/errors.ts';
import type { RouteDeps } from '../deps.ts';
import { createValidators } from '../http/validate.ts';
import type { HttpMetrics } from '../metrics/http.ts';
import { workspaceQuery } from '../routes/schemas.ts';
import { createAdmission, type Ticket } from './admission.ts';
import { createBacklogs } from './backlog.ts';
import { createBodyReader } from './body.ts';
import { CloudEvent } from './cloudevents.ts';
import { takeEvents, type EventsDeps } from './events.ts';
import { openExchange, sendProblem, type Exchange } from './exchange.ts';
import { createIntake } from './intake.ts';
import { ingestMetrics } from './metrics.ts';
import { endpointOf, type Endpoint } from './paths.ts';
import { createReaders } from './readers.ts';
import { createReceivers } from './receivers.ts';
import { EventRequest, EventWithPipeline, ingestQuery } from './request.ts';
import { createTargets } from './targets.ts';
import type { Presenter } from '../presenters/presenter.ts';
import type { TokenCache } from './token-cache.ts';
import { createTokenRates } from './token-rates.ts';
import { createWrongSignatures, takeWebhook, type WebhookDeps } from './webhook.ts';

export interface Ingest {
  /** Takes a request that brings events and answers true; all others are somebody else's. */
  take(request: IncomingMessage, response: ServerResponse): boolean;
  close(): void;
}

export function createIngest(
  deps: RouteDeps,
  presenters: readonly Presenter[],
  tokens: TokenCache,
  http: HttpMetrics,
): Ingest {
  const { limits, log } = deps;
  const metrics = ingestMetrics(deps.metrics);
  const validator = createValidators();
  const targets = createTargets(deps);
  const readers = createReaders(deps, targets);
  const shared = {
    limits,
    metrics,
    tokens,
    addressOf: deps.addressOf,
    rates: createTokenRates(limits.eventsPerSecond, deps.clock),
    targets,
    intake: createIntake(deps, createBacklogs(deps.store.events, deps.clock), metrics),
    bodies: createBodyReader(limits.bodyTimeoutMs),
  };
  const checks = { cloudEvent: validator('body', CloudEvent), maxItems: limits.eventsPerRequest };
  const events: EventsDeps = {
    ...shared,
    readers,
    checks: { ...checks, event: validator('body', EventRequest) },
    checksOfNamed: { ...checks, event: validator('body', EventWithPipeline) },
    checkQuery: validator('query', ingestQuery),
  };
  const webhooks: WebhookDeps = {
    ...shared,
    clock: deps.clock,
    receiverOf: createReceivers(deps),
    wrong: createWrongSignatures(),
    checkQuery: validator('query', workspaceQuery),
  };
  const all = createAdmission({ requests: limits.eventRequests, bytes: limits.eventMemoryBytes });
  // A webhook is anybody's until its body is there and the signature fits: those must not keep out who has a token.
  const hooks = createAdmission(
    { requests: Math.ceil(limits.eventRequests / 2), bytes: Math.ceil(limits.eventMemoryBytes / 2) },
    all,
  );

  const serve = async (exchange: Exchange, endpoint: Endpoint): Promise<void> => {
    let ticket: Ticket | undefined;
    try {
      if (deps.closing.aborted) throw stopping();
      if (endpoint.hook === null) await takeEvents(exchange, (ticket = all.enter()), endpoint.integration, events);
      else await takeWebhook(exchange, (ticket = hooks.enter()), endpoint.hook, webhooks);
    } catch (error) {
      metrics.rejected(sendProblem(exchange, error, log));
    } finally {
      ticket?.leave();
    }
  };

  return {
    take(request, response) {
      const endpoint = request.method === 'POST' ? endpointOf(request.url ?? '', presenters) : null;
      if (endpoint === null) return false;
      const begin = performance.now();
      const exchange = openExchange(request, response, endpoint);
      response.once('close', () => {
        const seconds = (performance.now() - begin) / 1000;
        const status = response.writableFinished ? response.statusCode : 499;
        http.observe('POST', endpoint.route, status, seconds);
        if (log.isLevelEnabled('debug')) {
          const ms = Math.round(seconds * 1000);
          const { id, path, tokenId } = exchange;
          log.debug({ request_id: id, method: 'POST', path, status, ms, token_id: tokenId }, 'request');
        }
      });
      void serve(exchange, endpoint);
      return true;
    },
    close: () => {
      readers.close();
      targets.close();
    },
  };
}

function stopping(): HeadgateError {
  return new HeadgateError('unavailable', 'the server is stopping', { retryAfter: 5, retryable: true });
}
