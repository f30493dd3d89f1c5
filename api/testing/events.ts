import type { DeliveryAttempt, FailedEvent, NewEvent } from '../../store/event-ports.ts';
import type { TestApi } from './harness.ts';
import { pipelineId } from './stream.ts';

/** Events as producers and the stream host leave them in the log. */

/** Appends events to the pipeline `name`; answers their ids. */
export async function addEvents(t: TestApi, name: string, events: readonly Partial<NewEvent>[]): Promise<string[]> {
  const full = events.map((event) => ({
    pipelineId: pipelineId(name),
    type: 'order.created',
    key: null,
    payload: '{}',
    ...event,
  }));
  return (await t.store.events.append(full, t.time.now)).map((appended) => {
    if (appended.result === 'conflict') throw new Error('the key was used for another event');
    return appended.id;
  });
}

/** Settles the events of a pipeline below `offset`, as its stream host does. */
export async function settle(
  t: TestApi,
  name: string,
  offset: number,
  fate: {
    readonly failed?: readonly FailedEvent[];
    readonly cancelled?: readonly number[];
    readonly attempts?: readonly DeliveryAttempt[];
  } = {},
): Promise<void> {
  const { events } = t.store;
  const lease = await events.acquire(pipelineId(name), 'host', 60_000);
  if (lease === null) throw new Error(`${name} is delivered by somebody else`);
  const done = await events.commit({
    pipelineId: pipelineId(name),
    epoch: lease.epoch,
    offset,
    at: t.time.now,
    revision: 'c0ffee',
    failed: fate.failed ?? [],
    cancelled: fate.cancelled ?? [],
    attempts: fate.attempts ?? [],
  });
  if (!done) throw new Error(`${name} could not be settled`);
}

export const deadLetter = (offset: number, message = 'the row was refused'): FailedEvent => ({
  offset,
  attempts: 5,
  error: { code: 'destination_failed', message },
});
