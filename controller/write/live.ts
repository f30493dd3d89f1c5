import { refKey } from '../../foundation/ids.ts';
import type { Resources } from '../ports.ts';
import type { Live } from './edits.ts';
import type { WriteChange } from './ports.ts';
import { refOfChange } from './target.ts';

/** What is live of the resources that a request is about. */
export async function liveView(changes: readonly WriteChange[], resources: Resources): Promise<Map<string, Live>> {
  const wanted = new Map(changes.map((change) => [refKey(refOfChange(change)), refOfChange(change)]));
  const found = new Map<string, Live>();
  for (const { kind, namespace } of wanted.values()) {
    for (const { key, hash, deleted } of await resources.index({ kind, namespace })) {
      const ref = wanted.get(key);
      if (ref === undefined || deleted || found.has(key)) continue;
      const stored = await resources.get(ref);
      if (stored !== null) found.set(key, { hash, revision: stored.revision });
    }
  }
  return found;
}

/**
 * The changes with the revision that each was made from: what is live when a request arrives, if the request itself does not
 * say. So a change that waits for its turn does not undo one that came before it.
 */
export async function withBases(changes: readonly WriteChange[], resources: Resources): Promise<WriteChange[]> {
  const live = await liveView(changes, resources);
  return changes.map((change) => {
    if (change.action !== 'update' || change.base !== undefined) return change;
    const known = live.get(refKey(refOfChange(change)));
    return known === undefined ? change : { ...change, base: known.revision };
  });
}
