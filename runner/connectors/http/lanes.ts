/** Work side by side that keeps the order of what belongs together. */

/** Splits `items` into lanes: one for all when `parallel` is 1, else one for each key; null keys have no order. */
export function lanesOf<T>(
  items: readonly T[],
  parallel: number,
  keyOf: (item: T) => string | null,
): readonly (readonly T[])[] {
  if (parallel === 1) return [items];
  const lanes: T[][] = [];
  const byKey = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const lane = key === null ? undefined : byKey.get(key);
    if (lane !== undefined) {
      lane.push(item);
      continue;
    }
    const fresh = [item];
    lanes.push(fresh);
    if (key !== null) byKey.set(key, fresh);
  }
  return lanes;
}

/**
 * Works on the items of each lane one after the other, on up to `parallel` lanes at the same time. After an error nothing
 * new is begun; what is under way ends first, then the first error is thrown.
 */
export async function inLanes<T>(
  lanes: readonly (readonly T[])[],
  parallel: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  const errors: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (let lane = lanes[next++]; lane !== undefined; lane = lanes[next++]) {
      for (const item of lane) {
        if (errors.length > 0) return;
        try {
          await work(item);
        } catch (error) {
          errors.push(error);
        }
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallel, lanes.length) }, worker));
  if (errors.length > 0) throw errors[0];
}
