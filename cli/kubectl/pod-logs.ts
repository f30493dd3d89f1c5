/** What the containers of Pods write. */
import { sleep } from '../../foundation/time.ts';
import { POD } from '../../controller/kubernetes/object-types.ts';
import { isRefused, type KubeObject } from '../../controller/kubernetes/types.ts';
import { listAll } from './find.ts';
import type { Session } from './session.ts';
import { statusOf, type PodStatus } from './shapes.ts';

export interface PodLine {
  readonly pod: string;
  readonly line: string;
}

/** How often new Pods are looked for, in milliseconds. */
const LOOK_MS = 1000;

/** All that was written up to now, Pod by Pod, the oldest first. */
export async function showLogs(
  session: Session,
  pods: readonly KubeObject[],
  show: (line: PodLine) => void,
): Promise<void> {
  for (const pod of pods) if (hasStarted(pod)) await readLog(session, pod, false, show);
}

/** The logs of the Pods of a selection as they grow, also of Pods that come later, until the signal says that it is enough. */
export async function followLogs(session: Session, labels: string, show: (line: PodLine) => void): Promise<void> {
  const { namespace, signal } = session;
  const reading = new Set<string | undefined>();
  const failures: unknown[] = [];
  while (failures.length === 0) {
    for (const pod of await listAll(session, POD, { namespace, labels })) {
      if (reading.has(pod.metadata.uid) || !hasStarted(pod)) continue;
      reading.add(pod.metadata.uid);
      readLog(session, pod, true, show).catch((error: unknown) => void failures.push(error));
    }
    await sleep(LOOK_MS, signal);
  }
  throw failures[0];
}

async function readLog(
  { cluster, namespace, signal }: Session,
  pod: KubeObject,
  follow: boolean,
  show: (line: PodLine) => void,
): Promise<void> {
  const { name } = pod.metadata;
  const spec = pod['spec'] as { readonly containers?: readonly { readonly name: string }[] } | undefined;
  // The runner comes first; a Pod template may put others beside it.
  const container = spec?.containers?.[0]?.name;
  try {
    const lines = await cluster.log(
      { namespace, name },
      { follow, ...(container === undefined ? {} : { container }) },
      signal,
    );
    for await (const line of lines) show({ pod: name, line });
  } catch (error) {
    // It was tidied up meanwhile.
    if (!isRefused(error, 'NotFound')) throw error;
  }
}

function hasStarted(pod: KubeObject): boolean {
  const { phase = 'Pending' } = statusOf<PodStatus>(pod);
  return phase !== 'Pending';
}
