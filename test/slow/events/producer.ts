/**
 * A producer that may be killed at any moment: sends numbered events of one key, each with its idempotency key, in small
 * batches, and notes in a file what was acknowledged. Started again, it goes on behind the last number that it noted, so
 * that whatever was under way is sent once more.
 *
 * Arguments: name, URL of the API, token, pipeline, the file.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { sleep } from '../../../foundation/time.ts';

interface Acknowledged {
  readonly n: number;
  readonly id: string;
}

const [name, url, token, pipeline, file] = process.argv.slice(2) as [string, string, string, string, string];
const noted = existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n').filter(Boolean) : [];
const last = noted.length === 0 ? null : (JSON.parse(noted.at(-1)!) as Acknowledged);
let next = last === null ? 0 : last.n + 1;
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());

while (!stop.signal.aborted) {
  const batch = Array.from({ length: 1 + (next % 23) }, (_, index) => next + index);
  const events = batch.map((n) => ({
    pipeline_id: pipeline,
    event_type: 'count.up',
    key: name,
    payload: { producer: name, n },
    idempotency_key: `${name}-${n}`,
  }));
  const ids = await acknowledged(events);
  const lines = batch.map((n, index) => JSON.stringify({ n, id: ids[index] }));
  appendFileSync(file, `${lines.join('\n')}\n`);
  next += batch.length;
  await sleep(1);
}

/** Sends until the API has acknowledged all of them; answers the ids of the events. */
async function acknowledged(events: readonly unknown[]): Promise<readonly string[]> {
  for (;;) {
    try {
      const answer = await fetch(`${url}/v1/events`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(events),
        signal: AbortSignal.timeout(5000),
      });
      const body = (await answer.json()) as { data?: { event_id?: string }[]; detail?: string };
      if (answer.status === 200) return body.data!.map((item) => item.event_id!);
      if (answer.status < 500 && answer.status !== 429) {
        process.stderr.write(`${name}: ${answer.status} ${JSON.stringify(body).slice(0, 500)}\n`);
      }
    } catch {
      // The server is gone for now.
    }
    await sleep(50);
  }
}
