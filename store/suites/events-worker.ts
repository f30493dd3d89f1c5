/** What `worker.ts` does on the event log. */
import { setTimeout as wait } from 'node:timers/promises';
import type { NewEvent } from '../event-ports.ts';
import type { Store } from '../ports.ts';

type Print = (value: unknown) => void;

/**
 * Appends `count` calls of `batch` events, with a pause between them; prints when each was acknowledged and its offsets. With
 * `sharedKeys` the first event of every call has an idempotency key that other workers use as well.
 */
export async function appendEvents({ events }: Store, args: Record<string, unknown>, print: Print): Promise<void> {
  const { count, batch = 1, worker = 0, pauseMs = 0, sharedKeys = false } = args as Record<string, number>;
  for (let n = 0; n < count!; n++) {
    const calls = Array.from({ length: batch }, (_, index): NewEvent => {
      const event = { pipelineId: 'pl_orders', type: 'order.created', key: null };
      const own = JSON.stringify({ worker, n: n * batch + index });
      return sharedKeys && index === 0
        ? { ...event, payload: `{"shared":${n}}`, idempotencyKey: `shared-${n}` }
        : { ...event, payload: own };
    });
    const answers = await events.append(calls, Date.now());
    const of = (result: 'appended' | 'repeated'): number[] =>
      answers.flatMap((answer) => (answer.result === result ? [answer.offset] : []));
    print({ at: Date.now(), appended: of('appended'), repeated: of('repeated') });
    if (pauseMs > 0) await wait(pauseMs);
  }
}

/** Appends keyed events for ever, each call twice; prints what each key got, as soon as it was acknowledged. */
export async function appendForever(
  { events }: Store,
  { worker }: Record<string, unknown>,
  print: Print,
): Promise<void> {
  for (let n = 0; ; n++) {
    const calls = [0, 1, 2].map((index): NewEvent => {
      const key = `${String(worker)}-${n}-${index}`;
      return {
        pipelineId: 'pl_orders',
        type: 'order.created',
        key: null,
        payload: JSON.stringify({ key }),
        idempotencyKey: key,
      };
    });
    const answers = await events.append(calls, Date.now());
    answers.forEach((answer, index) => {
      if (answer.result !== 'conflict') print({ key: `${String(worker)}-${n}-${index}`, offset: answer.offset });
    });
  }
}

/** Reads, and commits as far as it read, for ever; prints each committed offset that was acknowledged. */
export async function commitForever(
  { events }: Store,
  { holder }: Record<string, unknown>,
  print: Print,
): Promise<void> {
  const reader = await events.acquire('pl_orders', String(holder), 60_000);
  let { offset } = reader!;
  for (;;) {
    const batch = await events.read('pl_orders', offset, { events: 50, bytes: 1e6 });
    if (batch.length === 0) {
      await wait(1);
      continue;
    }
    const failed = batch
      .filter((event) => event.offset % 10 === 0)
      .map((event) => ({ offset: event.offset, attempts: 1, error: { code: 'internal', message: 'x' } as const }));
    offset = batch.at(-1)!.offset + 1;
    const commit = { pipelineId: 'pl_orders', epoch: reader!.epoch, offset, at: Date.now(), revision: 'r', failed };
    if (!(await events.commit({ ...commit, cancelled: [], attempts: [] }))) return;
    print({ committed: offset });
  }
}
