/** Writing with the actions of a declared connector: in streams and in batches. */
import { createHash } from 'node:crypto';
import { HeadgateError, toHeadgateError } from '../../../foundation/errors.ts';
import type { WriteMode } from '../../../crds/index.ts';
import { DeliveryError } from '../../delivery-error.ts';
import { bestMatch } from '../../events/type-patterns.ts';
import type {
  ConnectorContext,
  Destination,
  FailedRecord,
  RecordWriter,
  Row,
  StreamRecord,
  StreamWriteRequest,
  StreamWriter,
  WriteRequest,
} from '../../ports.ts';
import { ParcelWriter, type ParcelSender } from '../http/parcel-writer.ts';
import { Api, baseSettings, type Settings } from './api.ts';
import type { CompiledAction, CompiledManifest } from './manifest.ts';
import { pick } from './pick.ts';
import { RequestBuilder } from './request.ts';
import { ActionSender, type Sent } from './sender.ts';

export function declaredDestination(
  manifest: CompiledManifest,
  settings: Settings,
  ctx: ConnectorContext,
): Destination {
  return {
    async open(request: WriteRequest): Promise<RecordWriter> {
      const action = checked(pick(manifest.actions, request.stream, 'action'), request.mode);
      const api = await Api.open(manifest, settings, ctx, { failure: 'destination_failed' });
      const sender = senderOf(action, { manifest, settings, api, key: request.key, waits: false });
      return new DeclaredWriter(sender, api, request.runId, ctx.signal);
    },
    async stream(request: StreamWriteRequest): Promise<StreamWriter> {
      const connections = manifest.spec.rateLimit?.concurrency ?? 1;
      const { actions, actionOf } = chooser(manifest, request);
      const api = await Api.open(manifest, settings, ctx, { failure: 'destination_failed', connections });
      const senders = new Map<CompiledAction, ActionSender>();
      for (const action of actions) {
        senders.set(action, senderOf(action, { manifest, settings, api, key: request.key, waits: true }));
      }
      const senderFor = (record: StreamRecord): ActionSender | null => {
        const action = actionOf(record.event.type);
        return action === null ? null : senders.get(action)!;
      };
      // A batch has records of many keys, whose order only one request after the other keeps.
      const parallel = actions.some(({ spec }) => spec.batch !== undefined) ? 1 : connections;
      return new ParcelWriter(new DeclaredParcels(senderFor, api, parallel), ctx.signal);
    },
  };
}

function senderOf(
  action: CompiledAction,
  given: {
    readonly manifest: CompiledManifest;
    readonly settings: Settings;
    readonly api: Api;
    readonly key: readonly string[];
    readonly waits: boolean;
  },
): ActionSender {
  const { manifest, settings, key } = given;
  const base = baseSettings(manifest, settings);
  return new ActionSender(action, {
    ...given,
    builder: new RequestBuilder(action, { spec: manifest.spec, base, settings, key }),
  });
}

/** Whether an action does what a pipeline asks for: one that upserts may stand for one that appends. */
function checked(action: CompiledAction, mode: WriteMode): CompiledAction {
  const can = action.spec.mode ?? 'append';
  if (can === mode || mode === 'append') return action;
  throw new HeadgateError('invalid_settings', `action '${action.spec.name}' cannot ${mode}: it can ${can}`, {
    hint: 'choose another action with `stream`, or another `mode`',
  });
}

interface Choice {
  /** All that may be chosen. */
  readonly actions: readonly CompiledAction[];
  /** Which one an event of a type is for; null: none. */
  readonly actionOf: (type: string) => CompiledAction | null;
}

/** Throws `invalid_settings` where no event could have an action. */
function chooser(manifest: CompiledManifest, request: StreamWriteRequest): Choice {
  const actions = [...manifest.actions.values()];
  const typed = actions.flatMap((action) => (action.spec.eventTypes ?? []).map((type) => [type, action] as const));
  if (request.stream !== undefined || typed.length === 0) {
    const action = checked(pick(manifest.actions, request.stream, 'action'), request.mode);
    return { actions: [action], actionOf: () => action };
  }
  for (const [, action] of typed) checked(action, request.mode);
  const find = bestMatch(typed);
  return { actions: [...new Set(typed.map(([, action]) => action))], actionOf: (type) => find(type) ?? null };
}

/** A pause that is no longer is waited for; of a longer one the engine is told, so that people see it. In milliseconds. */
const SHORT_PAUSE_MS = 1000;

class DeclaredParcels implements ParcelSender {
  readonly parallel: number;
  readonly #senderFor: (record: StreamRecord) => ActionSender | null;
  readonly #api: Api;
  readonly #groups = new Map<ActionSender | null, string>();

  constructor(senderFor: (record: StreamRecord) => ActionSender | null, api: Api, parallel: number) {
    this.#senderFor = senderFor;
    this.#api = api;
    this.parallel = parallel;
  }

  sizeOf = (record: StreamRecord): number => this.#senderFor(record)?.size ?? 1;

  /** Records of one action, live or of one replay. */
  groupOf = (record: StreamRecord): string => {
    const sender = this.#senderFor(record);
    const name = this.#groups.get(sender) ?? String(this.#groups.size);
    this.#groups.set(sender, name);
    return `${name} ${record.event.replay ?? ''}`;
  };

  async send(parcel: readonly StreamRecord[], signal: AbortSignal): Promise<Sent> {
    const sender = this.#senderFor(parcel[0]!);
    if (sender === null) {
      const reason = `the connector has no action for events of type '${parcel[0]!.event.type}'`;
      return { failed: parcel.map((_, index) => ({ index, reason, retryable: false })), excerpts: {} };
    }
    const pause = this.#api.throttle.pauseMs;
    if (pause > SHORT_PAUSE_MS) {
      throw new DeliveryError('destination_unreachable', 'the API asks to wait', {
        retryable: true,
        retryAfter: Math.ceil(pause / 1000),
      });
    }
    const result = await sender.send(parcel, () => identityOf(parcel, sender), signal);
    // One of them may have spoilt it for all: the engine sends them again one by one.
    if (result.together) {
      const { reason } = result.failed.at(-1)!;
      throw new DeliveryError('destination_failed', reason, { retryable: false, ...result.excerpts });
    }
    return result;
  }

  close(): Promise<void> {
    return this.#api.close();
  }
}

/**
 * The same for the same events, and another one for a replay. The action is part of it: APIs know a key for the whole account,
 * and a pipeline may send one event to several of its addresses.
 */
function identityOf(parcel: readonly StreamRecord[], { name, size }: ActionSender): string {
  const { id, replay } = parcel[0]!.event;
  const message = size === 1 ? id : `batch_${digest(parcel.map(({ event }) => event.id).join()).slice(0, 32)}`;
  return replay === null ? `${message}-${name}` : `${message}-${name}-${replay}`;
}

/** The record form for batches. HTTP knows no transaction: what an API has accepted stays there. */
class DeclaredWriter implements RecordWriter {
  readonly #sender: ActionSender;
  readonly #api: Api;
  readonly #runId: string;
  readonly #signal: AbortSignal;
  #accepted = 0;

  constructor(sender: ActionSender, api: Api, runId: string, signal: AbortSignal) {
    this.#sender = sender;
    this.#api = api;
    this.#runId = runId;
    this.#signal = signal;
  }

  async write(batch: readonly Row[]): Promise<readonly FailedRecord[]> {
    const failed: FailedRecord[] = [];
    const { size } = this.#sender;
    for (let start = 0; start < batch.length; start += size) {
      const part = batch.slice(start, start + size).map((row) => ({ row, event: null }));
      try {
        const sent = await this.#sender.send(part, (body) => this.#key(body), this.#signal);
        failed.push(...sent.failed.map((each) => ({ ...each, index: start + each.index })));
        this.#accepted += 1;
      } catch (error) {
        this.#signal.throwIfAborted();
        const { retryable, message } = toHeadgateError(error);
        // Nothing of the batch is there yet, or nothing else can get through either: all of it is the engine's.
        if (!retryable || start === 0) throw error;
        for (let index = start; index < batch.length; index++) failed.push({ index, reason: message, retryable: true });
        break;
      }
    }
    return failed;
  }

  async commit(): Promise<void> {
    await this.#api.close();
  }

  async abort(): Promise<void> {
    await this.#api.close();
  }

  // The count alone would give other records the key of a failed request; the digest alone would make two requests
  // with equal records one.
  #key(body: string): string {
    return `${this.#runId}-${this.#sender.name}-${this.#accepted}-${digest(body).slice(0, 16)}`;
  }
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
