/** For tests: events that are sent for as long as it takes, through whichever controller answers. */
import { sleep } from '../../foundation/time.ts';
import { ADMIN_TOKEN, type ControllerProcess } from './controllers.ts';

const EVERY_MS = 200;
const AGAIN_MS = 500;
const ANSWER_MS = 10_000;

export interface Emitter {
  /** Ends it; how many events were accepted. */
  stop(): Promise<number>;
}

/** Sends `{n: 0}`, `{n: 1}`, …, each until it is accepted: the key makes a second try harmless. `controllers` may change meanwhile. */
export function startEmitter(to: {
  readonly workspace: string;
  readonly pipeline: string;
  readonly controllers: readonly ControllerProcess[];
}): Emitter {
  const stopping = new AbortController();
  let sent = 0;
  const work = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const accepted = await send(sent, to).catch(() => false);
      if (accepted) sent++;
      await sleep(accepted ? EVERY_MS : AGAIN_MS);
    }
  };
  const working = work();
  return {
    stop: async () => {
      stopping.abort();
      await working;
      return sent;
    },
  };
}

async function send(
  n: number,
  { workspace, pipeline, controllers }: Parameters<typeof startEmitter>[0],
): Promise<boolean> {
  const alive = controllers.filter(({ child }) => child.exitCode === null && child.signalCode === null);
  const controller = alive[n % alive.length];
  if (controller === undefined) return false;
  const body = {
    pipeline_id: pipeline,
    event_type: 'click',
    idempotency_key: `${pipeline}-${n}`,
    payload: { n },
  };
  const answer = await fetch(`${await controller.url()}/v1/events?workspace=${workspace}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${ADMIN_TOKEN}` },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  return answer.ok;
}
