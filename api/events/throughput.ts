/** How fast the events of pipelines are settled, from how far they were when somebody looked before. */
export interface Throughput {
  /**
   * Notes the committed offset of a pipeline; answers events a second since an earlier look, which lies between one
   * second and five minutes back. Null when there was none.
   */
  note(pipelineId: string, committed: number, now: number): number | null;
}

const MIN_MS = 1000;
const MAX_MS = 300_000;
/** Pipelines that are remembered; the one that was looked at longest ago is forgotten first. */
const REMEMBERED = 10_000;

interface Look {
  readonly at: number;
  readonly committed: number;
}
interface Looks {
  readonly base: Look;
  /** The next base, once it is old enough. */
  readonly recent: Look;
}

export function createThroughput(): Throughput {
  const seen = new Map<string, Looks>();
  return {
    note(pipelineId, committed, now) {
      const look = { at: now, committed };
      const before = seen.get(pipelineId);
      const base = before === undefined ? look : baseOf(before, look);
      const recent = before === undefined || now - before.recent.at >= MIN_MS ? look : before.recent;
      seen.delete(pipelineId);
      seen.set(pipelineId, { base, recent });
      if (seen.size > REMEMBERED) seen.delete(seen.keys().next().value!);
      const elapsed = now - base.at;
      if (elapsed < MIN_MS) return null;
      return Math.round(((committed - base.committed) / elapsed) * 1_000_000) / 1000;
    },
  };
}

/** The newest of both that is old enough; one that is too old, or of a log that was begun anew, tells nothing. */
function baseOf({ base, recent }: Looks, look: Look): Look {
  const chosen = look.at - recent.at >= MIN_MS ? recent : base;
  const fits = look.at - chosen.at <= MAX_MS && look.at >= chosen.at && look.committed >= chosen.committed;
  return fits ? chosen : look;
}
