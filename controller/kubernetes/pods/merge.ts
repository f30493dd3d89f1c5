/**
 * The author's part of a Pod template over ours, as a strategic merge patch does it for Pods:
 *
 * - Maps are merged field by field. `null` takes a field away.
 * - Containers (also init containers) are merged by `name`.
 * - Volumes, environment variables, volume mounts, ports, image pull secrets and host aliases are replaced one by one, by the
 *   field that tells them apart; new ones are added at the end.
 * - Tolerations and topology spread constraints are added to those that are there.
 * - Any other list, and any other value, takes the place of ours.
 */
import type { Json } from './types.ts';

interface ListRule {
  /** Items with the same value here are the same thing; null: items are only added. */
  readonly key: string | null;
  /** What happens to an item that is there already. */
  readonly how: 'merge' | 'replace';
}

const LISTS: Readonly<Record<string, ListRule>> = {
  containers: { key: 'name', how: 'merge' },
  initContainers: { key: 'name', how: 'merge' },
  volumes: { key: 'name', how: 'replace' },
  env: { key: 'name', how: 'replace' },
  volumeMounts: { key: 'mountPath', how: 'replace' },
  ports: { key: 'containerPort', how: 'replace' },
  imagePullSecrets: { key: 'name', how: 'replace' },
  hostAliases: { key: 'ip', how: 'replace' },
  tolerations: { key: null, how: 'replace' },
  topologySpreadConstraints: { key: null, how: 'replace' },
};

export function isMap(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `over` merged over `base`; neither is changed. */
export function mergeTemplate(base: Json, over: Json): Json {
  const merged = new Map(Object.entries(base));
  for (const [field, value] of Object.entries(over)) {
    const rule = Object.hasOwn(LISTS, field) ? LISTS[field] : undefined;
    const before = merged.get(field);
    if (value === null) merged.delete(field);
    else if (isMap(value)) merged.set(field, mergeTemplate(isMap(before) ? before : {}, value));
    else if (Array.isArray(value) && Array.isArray(before) && rule !== undefined)
      merged.set(field, mergeList(before, value, rule));
    else merged.set(field, value);
  }
  return Object.fromEntries(merged);
}

function mergeList(base: readonly unknown[], over: readonly unknown[], { key, how }: ListRule): readonly unknown[] {
  if (key === null) return [...base, ...over];
  const merged = [...base];
  for (const item of over) {
    const at = merged.findIndex((other) => isMap(other) && isMap(item) && other[key] === item[key]);
    if (at < 0) merged.push(item);
    else merged[at] = how === 'replace' ? item : mergeTemplate(merged[at] as Json, item as Json);
  }
  return merged;
}
