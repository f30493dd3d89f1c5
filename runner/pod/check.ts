/** One check of a connection in a Pod of its own. */
import { checkConnection } from '../check.ts';
import { checkResultBlob, type HandedCheck } from '../handed.ts';
import type { CheckAssignment } from '../spec.ts';
import { environmentOf, EX_TEMPFAIL, type PodContext } from './context.ts';
import { PATIENCE, patiently } from './fetch.ts';
import { materialize } from './files.ts';
import { shareFiles } from './outputs.ts';

/** How long the answer is kept, in milliseconds. */
const KEPT_MS = 3_600_000;

/** Stores what the connector says as the blob `check/<id>/result`. Answers 0 then, and 75 when the Pod was told to end before. */
export async function checkInPod(handed: HandedCheck, pod: PodContext): Promise<number> {
  const { env, store, catalogue, log, ending } = pod;
  const { kind: _kind, ...rest } = handed;
  await shareFiles(env);
  const files = await materialize(handed.files, env.data, store.blobs, ending);
  const assignment: CheckAssignment = { ...rest, files, environment: environmentOf(handed, env) };
  const result = await checkConnection(assignment, { catalogue, log, signal: ending });
  if (ending.aborted) return EX_TEMPFAIL;
  const bytes = Buffer.from(JSON.stringify(result));
  const put = (): Promise<void> => store.blobs.put(checkResultBlob(handed.checkId), bytes, Date.now() + KEPT_MS);
  await patiently(put, PATIENCE.storeMs, log, ending);
  return 0;
}
