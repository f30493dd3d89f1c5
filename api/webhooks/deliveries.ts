import { createHash } from 'node:crypto';
import type { Header, Provider } from './push.ts';

/** How many deliveries are remembered, and for how long in milliseconds. */
const MAX_DELIVERIES = 10_000;
const REMEMBERED_MS = 60 * 60_000;

const IDS: Readonly<Record<Provider, readonly string[]>> = {
  github: ['x-github-delivery'],
  gitlab: ['idempotency-key', 'x-gitlab-event-uuid'],
  gitea: ['x-gitea-delivery', 'x-forgejo-delivery'],
  bitbucket: ['x-request-uuid', 'x-request-id'],
  generic: ['x-headgate-delivery'],
};

/**
 * What tells one delivery from another: the id that the sender gave it and what it says. Null without an id: a script says
 * the same of every push.
 */
export function deliveryKey(provider: Provider, body: Uint8Array, header: Header): string | null {
  const id = IDS[provider].map(header).find((value) => value !== undefined && value !== '');
  if (id === undefined) return null;
  return createHash('sha256').update(`${provider} ${id.length} ${id}\n`).update(body).digest('base64');
}

/** Deliveries that were served. The oldest are forgotten first. */
export interface Deliveries {
  /** The ids of the repositories that it was for, when it came before. */
  find(key: string, now: number): readonly string[] | undefined;
  keep(key: string, repositories: readonly string[], now: number): void;
}

export function createDeliveries(): Deliveries {
  const served = new Map<string, { readonly repositories: readonly string[]; readonly until: number }>();
  return {
    find(key, now) {
      const found = served.get(key);
      return found === undefined || found.until <= now ? undefined : found.repositories;
    },
    keep(key, repositories, now) {
      served.delete(key);
      served.set(key, { repositories, until: now + REMEMBERED_MS });
      for (const oldest of served.keys()) {
        if (served.size <= MAX_DELIVERIES) break;
        served.delete(oldest);
      }
    },
  };
}
