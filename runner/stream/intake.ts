/** Hands events from the feed to the lanes, through the transforms, in the order of their offsets. */
import type { Redactor } from '../redactor.ts';
import type { StreamSettings } from '../spec.ts';
import type { StreamChain } from '../transforms/stream-chain.ts';
import type { Batch, Prepared } from './batch.ts';
import type { Feed } from './feed.ts';
import type { Lane } from './lane.ts';
import { emptiest, laneOf, settledPrefix } from './lanes.ts';
import { prepare } from './prepare.ts';
import type { Wanted } from './wanted.ts';

export interface IntakeOptions {
  readonly settings: StreamSettings;
  readonly feed: Feed;
  readonly lanes: readonly Lane[];
  readonly wanted: Wanted;
  readonly chain: StreamChain;
  readonly redactor: Redactor;
  readonly cancelled: (from: number, to: number) => Promise<ReadonlySet<number>>;
}

export class Intake {
  readonly #options: IntakeOptions;
  /** A lane whose batch does not get on wants to see what comes behind it, and need not have a full batch of that. */
  readonly #hungry = new Set<Lane>();
  /** The first of the events that were taken from the feed and have not reached a lane yet. */
  #moving: number | null = null;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** The offset below which everything is settled (invariant 2). */
  prefix(): number {
    const { lanes, feed } = this.#options;
    return settledPrefix([...lanes.map((lane) => lane.oldest()), this.#moving], feed.next);
  }

  /** Moves what can be moved now. Answers the milliseconds until there may be more to move. */
  async move(now: number): Promise<number> {
    const { settings, feed } = this.#options;
    if (feed.available === 0) return Infinity;
    if (settings.delivery.order === 'key' && this.#options.lanes.length > 1) return this.#moveByKey();
    return this.#moveBatch(now);
  }

  /** What comes behind the batch that the lane has under way: null when nothing does (yet). */
  behind(lane: Lane): Batch | null {
    const { settings, wanted } = this.#options;
    const batch = lane.peek(settings.batch.size, wanted);
    if (batch === null) this.#hungry.add(lane);
    return batch;
  }

  /** Whether the lane's waiting events are a batch now; else the milliseconds until they are. */
  due(lane: Lane, now: number): number {
    const { settings, lanes, feed } = this.#options;
    if (lane.size === 0) return Infinity;
    // What was moved as a batch is one; so is what nothing can be added to.
    if (lane.ready || settings.delivery.order !== 'key' || lanes.length === 1) return 0;
    if (lane.size >= settings.batch.size || feed.full || this.#room() <= 0) return 0;
    return Math.max(0, lane.since + settings.batch.intervalMs - now);
  }

  /** Order `all` and `none`: a whole batch for the first idle lane. A full one is made ahead while its lane is busy. */
  async #moveBatch(now: number): Promise<number> {
    const { settings, feed, lanes } = this.#options;
    const { size, intervalMs } = settings.batch;
    const full = feed.available >= size || feed.full;
    const ahead = (lane: Lane): boolean => this.#hungry.has(lane) || (full && lanes.length === 1);
    const empty = lanes.filter((lane) => lane.size === 0);
    const idle = empty.find((lane) => lane.current === null) ?? empty.find(ahead);
    if (idle === undefined || this.#room() <= 0) return Infinity;
    const since = feed.firstAt()!;
    if (!full && since + intervalMs > now) return since + intervalMs - now;
    const bytes = feed.eventBytes * Math.min(size, feed.available);
    idle.give(await this.#take(size), bytes, since);
    this.#hungry.delete(idle);
    this.#moving = null;
    return 0;
  }

  /** Order `key`: each event to the lane of its key, as far as events may run ahead of the committed offset. */
  async #moveByKey(): Promise<number> {
    const { settings, feed, lanes } = this.#options;
    const room = this.#room();
    if (room <= 0) return Infinity;
    const since = feed.firstAt()!;
    const bytes = feed.eventBytes;
    const prepared = await this.#take(Math.min(room, settings.batch.size));
    const sizes = lanes.map((lane) => lane.size);
    for (let i = 0; i < prepared.events.length; i++) {
      const { key } = prepared.events[i]!;
      const lane = key === null ? emptiest(sizes) : laneOf(key, lanes.length);
      sizes[lane]! += 1;
      lanes[lane]!.push(prepared, i, bytes, since);
    }
    this.#moving = null;
    return 0;
  }

  /**
   * How many events may be taken now: after a crash everything past the committed offset comes again, so no more are under way
   * than the concurrent batches hold.
   */
  #room(): number {
    const { settings, feed, lanes } = this.#options;
    // With one lane, the batch that was made ahead is not under way.
    const most = settings.batch.size * (lanes.length === 1 ? 2 : lanes.length);
    return most - (feed.next - this.prefix());
  }

  /** Events from the feed, which count as under way from now on; the caller puts them into lanes and then ends that. */
  async #take(count: number): Promise<Prepared> {
    const { feed, chain, redactor, cancelled, wanted } = this.#options;
    this.#moving = feed.next;
    const events = feed.take(count);
    if (chain.windowMs === 0) return prepare(events, { chain, redactor, wanted, replay: null });
    const without = await cancelled(events[0]!.offset, events.at(-1)!.offset + 1);
    return prepare(events, { chain, redactor, wanted, replay: null, without });
  }
}
