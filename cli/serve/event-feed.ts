/** What `serve` shows of streams: how many events came through since the last line, what waits, and what failed. */
import type { EventStats } from '../../store/event-ports.ts';
import type { Store } from '../../store/ports.ts';
import type { Resources } from '../../controller/ports.ts';
import { counted } from '../output/figures.ts';

/** How often the streams are looked at, in milliseconds. */
const LOOK_MS = 3000;

type Seen = Pick<EventStats, 'committed' | 'deadLetters'>;

export interface StreamLine {
  readonly pipeline: string;
  readonly text: string;
  readonly bad: boolean;
}

/** Remembers what was told of each stream. */
export class EventFeed {
  readonly #store: Store;
  readonly #resources: Resources;
  readonly #seen = new Map<string, Seen>();
  #lookedAt: number | null = null;

  constructor(store: Store, resources: Resources) {
    this.#store = store;
    this.#resources = resources;
  }

  /** A line for each stream that has settled events since the last look; none while that is not long ago. */
  async lines(now: number): Promise<readonly StreamLine[]> {
    const first = this.#lookedAt === null;
    if (!first && now - this.#lookedAt! < LOOK_MS) return [];
    this.#lookedAt = now;
    const stats = await this.#store.events.stats(await this.#store.events.pipelines(), now);
    // A pipeline that was deleted begins anew when it comes back.
    for (const id of this.#seen.keys()) if (!stats.has(id)) this.#seen.delete(id);
    const lines: StreamLine[] = [];
    for (const [id, each] of stats) {
      // What was there before this server came is of no interest.
      const seen = this.#seen.get(id) ?? (first ? each : { committed: 0, deadLetters: 0 });
      this.#seen.set(id, { committed: each.committed, deadLetters: each.deadLetters });
      if (each.committed <= seen.committed) continue;
      const name = (await this.#resources.getById(id))?.resource.metadata.name;
      if (name !== undefined) lines.push(lineOf(name, seen, each));
    }
    return lines;
  }
}

function lineOf(pipeline: string, seen: Seen, { committed, next, deadLetters }: EventStats): StreamLine {
  const settled = committed - seen.committed;
  const failed = Math.min(settled, Math.max(0, deadLetters - seen.deadLetters));
  const parts = [
    `${counted(settled - failed, 'event')} delivered`,
    next > committed ? `${next - committed} waiting` : '',
    failed > 0 ? counted(failed, 'dead letter') : '',
  ];
  return { pipeline, text: parts.filter(Boolean).join(', '), bad: failed > 0 };
}
