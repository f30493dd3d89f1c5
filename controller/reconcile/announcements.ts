import type { Condition } from '../../crds/index.ts';
import type { ResourceRef } from '../../foundation/ids.ts';

/** News of a resource for people: on Kubernetes an Event, which `kubectl describe` shows. Never holds a secret. */
export interface Announcement {
  readonly type: 'Normal' | 'Warning';
  /** One word in CamelCase. */
  readonly reason: string;
  readonly message: string;
  /** What else it is about. */
  readonly related?: ResourceRef;
}

/** Tells the news. Neither throws nor keeps anybody waiting. */
export type Announce = (about: ResourceRef, news: Announcement) => void;

/** What changed for people from some conditions to the next ones: Ready tells all, since the others go along with it. */
export function conditionNews(
  before: readonly Condition[] | undefined,
  after: readonly Condition[],
): readonly Announcement[] {
  const was = readyOf(before ?? []);
  const is = readyOf(after);
  if (is === undefined || (was?.status === is.status && was.reason === is.reason)) return [];
  const news: Announcement = {
    type: is.status === 'False' ? 'Warning' : 'Normal',
    reason: is.reason,
    message: is.message,
  };
  if (was?.reason !== 'Paused') return [news];
  const resumed: Announcement = { type: 'Normal', reason: 'Resumed', message: 'the pause is over' };
  return is.status === 'True' && is.reason === 'Ready' ? [resumed] : [resumed, news];
}

function readyOf(conditions: readonly Condition[]): Condition | undefined {
  return conditions.find(({ type }) => type === 'Ready');
}
