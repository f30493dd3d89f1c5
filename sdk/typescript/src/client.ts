import { HeadgateError } from './errors.ts';
import type { AcceptedEvent, AcceptedEvents, EventRequest } from './gen/models.gen.ts';
import { Resources } from './gen/resources.gen.ts';
import type { HeadgateOptions, RequestOptions } from './options.ts';
import { newKey } from './request.ts';
import { RunningPipelines, WaitingRuns } from './runs.ts';
import { Transport } from './transport.ts';

const LOCAL = 'http://127.0.0.1:8080';

/** A client of one Headgate server. It holds no connection: there is nothing to close. */
export class Headgate extends Resources {
  override readonly pipelines: RunningPipelines;
  override readonly runs: WaitingRuns;

  constructor(options: HeadgateOptions = {}) {
    const transport = new Transport({ ...options, token: tokenOf(options), baseUrl: baseUrlOf(options) });
    super(transport);
    this.runs = new WaitingRuns(transport);
    this.pipelines = new RunningPipelines(transport, this.runs);
  }

  /**
   * Sends one event, and answers when it is durable. Repeated attempts make no second event: they have one key, your
   * `idempotencyKey` or one that is made up for this call.
   */
  async emit(event: EventRequest, options: RequestOptions = {}): Promise<AcceptedEvent> {
    const sent = await this.events.send(keyed(event), {}, { repeatable: true, ...options });
    return sent as AcceptedEvent;
  }

  /**
   * Sends up to 10,000 events, of 16 MiB together, in one request. Each has a result of its own, in their order: the event, or
   * why it was rejected. When all were rejected for the same reason, that is thrown.
   */
  async emitBatch(events: readonly EventRequest[], options: RequestOptions = {}): Promise<AcceptedEvents> {
    const sent = await this.events.send(events.map(keyed), {}, { repeatable: true, ...options });
    return sent as AcceptedEvents;
  }
}

function keyed(event: EventRequest): EventRequest {
  return { ...event, idempotencyKey: event.idempotencyKey ?? newKey() };
}

interface Surroundings {
  readonly process?: { readonly env?: Readonly<Record<string, string | undefined>> };
  readonly location?: { readonly origin?: string };
}

function tokenOf({ token }: HeadgateOptions): string | (() => string | Promise<string>) {
  const found = token ?? (globalThis as Surroundings).process?.env?.['HEADGATE_TOKEN'];
  if (found === undefined || found === '') {
    throw new HeadgateError('a token is needed: new Headgate({ token }), or HEADGATE_TOKEN in the environment');
  }
  return found;
}

function baseUrlOf({ baseUrl }: HeadgateOptions): string {
  const { process, location } = globalThis as Surroundings;
  const origin = location?.origin === 'null' ? undefined : location?.origin;
  const found = baseUrl ?? process?.env?.['HEADGATE_SERVER'] ?? origin ?? LOCAL;
  let url: URL;
  try {
    url = new URL(found);
  } catch (error) {
    throw new HeadgateError(`baseUrl is no address: ${found}`, { cause: error });
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new HeadgateError(`baseUrl is not of http: ${found}`);
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}
