import { hash, randomBytes } from 'node:crypto';
import {
  BLOCK_SPAN_MS,
  MAX_BLOCK_BYTES,
  MAX_BLOCK_EVENTS,
  encodeBlock,
  encodeLengths,
  encodeTypes,
} from '../../event-block.ts';
import { eventIds, pipelineTag } from '../../event-id.ts';
import { IDEMPOTENCY_MS, type Appended, type NewEvent } from '../../event-ports.ts';
import type { RedisConnection } from '../client.ts';
import type { ScriptArgument } from '../script.ts';
import type { Changes } from './changes.ts';
import { BUCKETS_KEPT_MS, bucketOf, bucketsAt } from './buckets.ts';
import { indexKeys, logKeys } from './keys.ts';
import type { EventScripts } from './scripts.ts';

/** An event, ready to be stored. */
export interface Arrival {
  readonly type: string;
  readonly entry: string;
  /** Of the entry, as UTF-8. */
  readonly bytes: number;
  readonly now: number;
  readonly key: { readonly text: string; readonly hash: string } | null;
}

/** Stores events of one pipeline in their order, all or none, and answers in that order. */
export type GroupWriter = (pipelineId: string, arrivals: readonly Arrival[]) => Promise<readonly Appended[]>;

/** What an idempotency key stands for. */
interface FirstOfKey {
  readonly receivedAt: number;
  readonly offset: number;
  readonly hash: string;
}

/** What tells whether two events with the same idempotency key are the same: 132 bits of SHA-256. */
export const contentHash = ({ type, key, attributes, payload }: NewEvent): string =>
  hash('sha256', `${JSON.stringify([type, key, attributes ?? null])}\n${payload}`, 'base64url').slice(0, 22);

interface Block {
  readonly start: number;
  readonly arrivals: Arrival[];
  bytes: number;
}

function blocksOf(arrivals: readonly Arrival[]): Block[] {
  const blocks: Block[] = [];
  arrivals.forEach((arrival, index) => {
    let block = blocks.at(-1);
    const full =
      block === undefined ||
      block.arrivals.length >= MAX_BLOCK_EVENTS ||
      block.bytes + arrival.bytes > MAX_BLOCK_BYTES ||
      arrival.now >= block.arrivals[0]!.now + BLOCK_SPAN_MS;
    if (full) blocks.push((block = { start: index, arrivals: [], bytes: 0 }));
    block!.arrivals.push(arrival);
    block!.bytes += arrival.bytes + 1;
  });
  return blocks;
}

/** One of each idempotency key, in order. */
function withoutRepeated(arrivals: readonly Arrival[]): Arrival[] {
  const seen = new Set<string>();
  return arrivals.filter(({ key }) => {
    if (key === null) return true;
    if (seen.has(key.text)) return false;
    seen.add(key.text);
    return true;
  });
}

export function groupWriter(redis: RedisConnection, scripts: EventScripts, changes: Changes): GroupWriter {
  const index = indexKeys(redis.keys).pipelines;
  const registered = new Set<string>();
  const register = async (pipelineId: string): Promise<void> => {
    await redis.write((client) => client.sadd(index, pipelineId));
    registered.add(pipelineId);
  };

  /** Answers the offsets and times of the events, or what keys among them stand for when nothing was stored. */
  const send = async (
    pipelineId: string,
    arrivals: readonly Arrival[],
  ): Promise<{ blocks: Block[]; first: number; times: number[] } | Map<string, FirstOfKey>> => {
    const keys = logKeys(redis.keys, pipelineId);
    const blocks = blocksOf(arrivals);
    const now = arrivals.reduce((newest, arrival) => Math.max(newest, arrival.now), 0);
    const bucket = bucketOf(now);
    const unique = randomBytes(6).toString('base64url');
    const keyed = blocks.flatMap((block, number) =>
      block.arrivals.flatMap(({ key }, place) => (key === null ? [] : [{ key, block: number + 1, place }])),
    );
    const args: ScriptArgument[] = [...changes.message(pipelineId), unique, now, IDEMPOTENCY_MS];
    args.push(bucket, BUCKETS_KEPT_MS, blocks.length, keyed.length);
    for (const block of blocks) {
      const entries = block.arrivals.map(({ entry }) => entry);
      const types = encodeTypes(new Set(block.arrivals.map(({ type }) => type)));
      args.push(block.arrivals[0]!.now, entries.length, block.bytes + 1);
      args.push(types ?? '', encodeLengths(entries), encodeBlock(entries));
    }
    for (const { key, block, place } of keyed) args.push(key.text, key.hash, block, place);
    const names = [keys.log, keys.state, keys.marks, keys.buckets, ...bucketsAt(bucket).map(keys.bucket)];
    const texts = keyed.map(({ key }) => key.text);
    const [stored, ...reply] = await scripts.append(names, args);
    if (stored === 0) return keysFound(texts, reply);
    const [fresh, first, ...times] = reply as number[];
    // It was deleted since it was registered: nobody may hear of the events before the index has it again.
    if (fresh === 1) await register(pipelineId);
    return { blocks, first: first!, times };
  };

  return async (pipelineId, arrivals) => {
    if (!registered.has(pipelineId)) await register(pipelineId);
    const known = new Map<string, FirstOfKey>();
    const results = new Map<Arrival, Appended>();
    const tag = pipelineTag(pipelineId);
    for (;;) {
      const unknown = arrivals.filter(({ key }) => key === null || !known.has(key.text));
      const fresh = withoutRepeated(unknown);
      if (fresh.length === 0) break;
      const sent = await send(pipelineId, fresh).catch((error: unknown) => {
        registered.delete(pipelineId);
        throw error;
      });
      if (sent instanceof Map) {
        // Nothing was stored. Each round knows more keys, so this ends; another round is rare.
        for (const [text, first] of sent) known.set(text, first);
        continue;
      }
      sent.blocks.forEach((block, number) => {
        const receivedAt = sent.times[number]!;
        const idOf = eventIds(receivedAt, tag);
        block.arrivals.forEach((arrival, place) => {
          const offset = sent.first + block.start + place;
          results.set(arrival, { result: 'appended', id: idOf(offset), offset, receivedAt });
          if (arrival.key !== null) known.set(arrival.key.text, { receivedAt, offset, hash: arrival.key.hash });
        });
      });
      changes.notify(pipelineId);
      break;
    }
    return arrivals.map((arrival) => results.get(arrival) ?? ofKey(known.get(arrival.key!.text)!, arrival, tag));
  };
}

function keysFound(texts: readonly string[], reply: readonly (number | string)[]): Map<string, FirstOfKey> {
  const found = new Map<string, FirstOfKey>();
  for (let i = 0; i < reply.length; i += 2) {
    const [receivedAt, offset, content] = String(reply[i + 1]).split(' ');
    const text = texts[Number(reply[i])]!;
    found.set(text, { receivedAt: Number(receivedAt), offset: Number(offset), hash: content! });
  }
  return found;
}

function ofKey({ receivedAt, offset, hash: content }: FirstOfKey, { key }: Arrival, tag: number): Appended {
  if (content !== key!.hash) return { result: 'conflict' };
  return { result: 'repeated', id: eventIds(receivedAt, tag)(offset), offset, receivedAt };
}
