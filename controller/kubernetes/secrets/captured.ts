/** What stands in a Secret, in the words of Headgate's secrets. */
import { parseRfc3339 } from '../../../foundation/time.ts';
import type { SecretSummary } from '../../../store/secrets/secret-store.ts';
import { CAPTURED_LABEL, KEYS_ANNOTATION } from '../names.ts';
import type { KubeObject } from '../types.ts';

/** What is noted of one key. */
export interface KeyNote {
  readonly revision: string;
  readonly updatedAt: number;
}

/** A Secret without a key of Headgate in it is somebody else's: read where it is referred to, never written or listed. */
export function isCaptured({ metadata }: KubeObject): boolean {
  return metadata.labels?.[CAPTURED_LABEL] === 'true';
}

/** The values, decoded as UTF-8. */
export function valuesOf({ data }: KubeObject): ReadonlyMap<string, string> {
  const entries = typeof data === 'object' && data !== null ? Object.entries(data) : [];
  return new Map(entries.map(([key, value]) => [key, Buffer.from(String(value), 'base64').toString('utf8')]));
}

/** The notes of those keys that are there. A key that was put in by hand counts as one of the time the Secret was made. */
export function notesOf(secret: KubeObject): ReadonlyMap<string, KeyNote> {
  const noted = parsed(secret.metadata.annotations?.[KEYS_ANNOTATION]);
  const made = createdAt(secret);
  const keys = [...valuesOf(secret).keys()];
  return new Map(keys.map((key) => [key, noted.get(key) ?? { revision: 'by-hand', updatedAt: made }]));
}

export function summaryOf(secret: KubeObject): SecretSummary {
  const { namespace = '', name } = secret.metadata;
  const keys = [...notesOf(secret)]
    .map(([key, { revision, updatedAt }]) => ({ key, revision, updatedAt }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const made = createdAt(secret);
  const updatedAt = Math.max(made, ...keys.map((key) => key.updatedAt));
  return { workspace: namespace, name, keys, createdAt: made, updatedAt };
}

function createdAt({ metadata }: KubeObject): number {
  return parseRfc3339(metadata.creationTimestamp ?? '') ?? 0;
}

function parsed(text: string | undefined): ReadonlyMap<string, KeyNote> {
  if (text === undefined) return new Map();
  try {
    const notes = JSON.parse(text) as Readonly<Record<string, Partial<KeyNote>>>;
    return new Map(
      Object.entries(notes).flatMap(([key, { revision, updatedAt }]) =>
        typeof revision === 'string' && typeof updatedAt === 'number' ? [[key, { revision, updatedAt }] as const] : [],
      ),
    );
  } catch {
    // Somebody wrote it by hand: the values count.
    return new Map();
  }
}
