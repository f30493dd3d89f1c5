/** `POST /events`: from the bytes of a request to its answer. */
import type { IncomingMessage } from 'node:http';
import { HeadgateError, isHeadgateError } from '../../foundation/errors.ts';
import type { TokenRecord } from '../../store/ports.ts';
import type { ApiLimits } from '../deps.ts';
import type { Validate } from '../http/validate.ts';
import { demandScope } from '../middleware/authorize.ts';
import type { Ticket } from './admission.ts';
import { answerAll, answerOne } from './answer.ts';
import { textOf, type BodyReader } from './body.ts';
import type { Exchange } from './exchange.ts';
import { codingOf, decompress } from './decompress.ts';
import { formOf, parseEvents, type Checks, type Item } from './forms.ts';
import type { EventInput } from './input.ts';
import type { Intake, Offer } from './intake.ts';
import type { IngestMetrics } from './metrics.ts';
import { queryOf } from './query.ts';
import type { Readers } from './readers.ts';
import type { Target } from './target.ts';
import type { Targets } from './targets.ts';
import type { TokenCache } from './token-cache.ts';
import type { TokenRates } from './token-rates.ts';

/** Of one request: so many pipelines may have to be looked up. */
const MAX_PIPELINES = 100;
/** A body that took longer than this to come, in milliseconds, has its token looked at once more. */
const SEEN_MS = 20;

export interface EventsDeps {
  readonly limits: ApiLimits;
  readonly tokens: TokenCache;
  readonly addressOf: (request: IncomingMessage) => string;
  readonly rates: TokenRates;
  readonly targets: Targets;
  readonly readers: Readers;
  readonly intake: Intake;
  readonly metrics: IngestMetrics;
  readonly bodies: BodyReader;
  readonly checks: Checks;
  /** For requests in which each event has to name its pipeline. */
  readonly checksOfNamed: Checks;
  readonly checkQuery: Validate;
}

type Query = Readonly<Record<string, string | undefined>>;

/** With an integration, each event goes to every pipeline that reads from it, or to the one that it names among them. */
export async function takeEvents(
  exchange: Exchange,
  ticket: Ticket,
  integration: string | null,
  deps: EventsDeps,
): Promise<void> {
  const { headers } = exchange.request;
  const address = (): string => deps.addressOf(exchange.request);
  const found = deps.tokens.find(headers.authorization ?? '', address);
  const token = found instanceof Promise ? await found : found;
  const seen = performance.now();
  exchange.tokenId = token.id;
  demandScope(token, 'ingest');
  const query = queryOf(exchange.search, deps.checkQuery);
  const readers = integration === null ? null : await deps.readers.find(token, integration, query['workspace']);
  const form = formOf(headers);
  const coding = codingOf(headers['content-encoding']);

  let bytes = await deps.bodies.read(exchange.request, ticket, deps.limits.eventBodyBytes);
  if (coding !== undefined) bytes = await decompress(coding, bytes, ticket, deps.limits.eventBodyBytes);
  // A token that was revoked while the body came brings nothing.
  if (performance.now() - seen > SEEN_MS) await deps.tokens.find(headers.authorization ?? '', address);
  const named = integration === null && query['pipeline_id'] === undefined;
  const { single, items } = parseEvents(form, textOf(bytes), headers, named ? deps.checksOfNamed : deps.checks);
  deps.rates.take(token, items.length, exchange);

  if (readers !== null) return takeForAll(exchange, items, query, readers, deps);
  const offers = await offersOf(items, token, query, deps);
  const [first] = offers;
  if (single && isHeadgateError(first)) throw first;
  const outcomes = await deps.intake.store(offers);
  if (single) answerOne(exchange, outcomes[0]!);
  else answerAll(exchange, outcomes, deps.metrics);
}

/** Events of an integration: one outcome for each event and each pipeline that gets it. */
async function takeForAll(
  exchange: Exchange,
  items: readonly Item[],
  query: Query,
  readers: readonly Target[],
  { intake, metrics, limits }: EventsDeps,
): Promise<void> {
  if (items.length * readers.length > limits.eventsPerRequest) {
    throw new HeadgateError(
      'payload_too_large',
      `more than ${limits.eventsPerRequest} events for all pipelines together`,
    );
  }
  const offers: (Offer | HeadgateError)[] = [];
  const places: number[] = [];
  for (const [index, item] of items.entries()) {
    const each = isHeadgateError(item) ? [item] : offersToAll(item, query['pipeline_id'], readers, intake);
    offers.push(...each);
    for (const _ of each) places.push(index);
  }
  answerAll(exchange, await intake.store(offers), metrics, places);
}

function offersToAll(
  input: EventInput,
  asked: string | undefined,
  readers: readonly Target[],
  intake: Intake,
): readonly (Offer | HeadgateError)[] {
  const wanted = input.pipeline_id ?? asked;
  const targets = wanted === undefined ? readers : readers.filter(({ id, name }) => id === wanted || name === wanted);
  if (targets.length > 0) return targets.map((target) => offered(intake, input, target));
  return [new HeadgateError('not_found', `no pipeline '${wanted!.slice(0, 100)}' reads from the integration`)];
}

/** Each event with its pipeline, or what is wrong with it. */
async function offersOf(
  items: readonly Item[],
  token: TokenRecord,
  query: Query,
  { targets, intake }: EventsDeps,
): Promise<readonly (Offer | HeadgateError)[]> {
  // By workspace, then by id or name.
  const found = new Map<string | undefined, Map<string, Target | HeadgateError>>();
  let lookups = 0;
  const offers: (Offer | HeadgateError)[] = [];
  for (const item of items) {
    if (isHeadgateError(item)) {
      offers.push(item);
      continue;
    }
    const name = item.pipeline_id ?? query['pipeline_id'];
    if (name === undefined) {
      offers.push(noPipeline());
      continue;
    }
    const workspace = item.workspace ?? query['workspace'];
    let named = found.get(workspace);
    if (named === undefined) found.set(workspace, (named = new Map()));
    let target = named.get(name);
    if (target === undefined) {
      if (lookups++ === MAX_PIPELINES) throw tooManyPipelines();
      const looked = lookUp(targets, token, name, workspace);
      target = looked instanceof Promise ? await looked : looked;
      named.set(name, target);
    }
    offers.push(isHeadgateError(target) ? target : offered(intake, item, target));
  }
  return offers;
}

function lookUp(
  targets: Targets,
  token: TokenRecord,
  name: string,
  workspace: string | undefined,
): Target | HeadgateError | Promise<Target | HeadgateError> {
  try {
    const target = targets.find(token, name, workspace);
    return target instanceof Promise ? target.catch(refusalOf) : target;
  } catch (error) {
    return refusalOf(error);
  }
}

/** What is wrong with one event stands in its place; what is wrong with the server ends the request. */
function refusalOf(error: unknown): HeadgateError {
  if (isHeadgateError(error) && error.status < 500) return error;
  throw error;
}

function offered(intake: Intake, input: EventInput, target: Target): Offer | HeadgateError {
  try {
    return intake.offer(input, target);
  } catch (error) {
    return refusalOf(error);
  }
}

function noPipeline(): HeadgateError {
  const issues = [{ pointer: '/pipeline_id', message: 'is missing' }];
  return new HeadgateError('invalid_request', 'the body is not valid: /pipeline_id is missing', {
    issues,
    hint: 'name the pipeline of CloudEvents with `?pipeline_id=`',
  });
}

function tooManyPipelines(): HeadgateError {
  return new HeadgateError('invalid_request', `the request has events for more than ${MAX_PIPELINES} pipelines`, {
    hint: 'send several requests',
  });
}
