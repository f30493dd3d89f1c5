/** How a stream is: folded from its Deployment, its Pods, and what they say themselves. */
import type { ErrorRecord } from '../../../foundation/errors.ts';
import type { StreamInfo, StreamState } from '../../ports.ts';
import type { Trouble } from './pod-trouble.ts';
import type { Report } from './reports.ts';
import type { SeenDeployment, SeenPod } from './seen.ts';

/** Trouble of a Pod that may well pass by itself is told of after this, in milliseconds. */
export const TROUBLE_GRACE_MS = 10_000;
/** A container that runs for so long says how it is, in milliseconds. */
export const SILENCE_MS = 45_000;
/** The lease of a reader that is gone runs out within this, in milliseconds: until then nobody is to be blamed. */
export const STANDBY_GRACE_MS = 20_000;

/** Kubernetes writes whole seconds. */
const ROUNDING_MS = 1000;

/** Pods of an assignment say these of themselves; the first of them that any says is what the stream is. */
const TOLD: readonly StreamState[] = ['running', 'waiting', 'stalled'];

/**
 * The state of one stream. A Deployment that is to go drains. Else the newest template counts: what one of its Pods says of
 * delivery; then what keeps its Pods from it; and `starting` as long as neither is known, also while the Pods before
 * them end what they have under way.
 */
export function streamState(
  deployment: SeenDeployment,
  pods: readonly SeenPod[],
  reports: ReadonlyMap<string, Report>,
  now: number,
): StreamInfo {
  const current = pods.filter(({ template, ending }) => !ending && template === deployment.template);
  const told = current.flatMap((pod) => {
    const report = reports.get(pod.name);
    return report?.hash === deployment.hash && isOfThisLife(report, pod) ? [report] : [];
  });
  const info = (state: StreamState, since: number, error?: ErrorRecord): StreamInfo => ({
    pipelineId: deployment.pipelineId,
    hash: deployment.hash,
    state,
    since,
    ...(error === undefined ? {} : { error }),
    replicas: {
      ready: pods.filter(({ ready, ending }) => ready && !ending).length,
      selector: deployment.selector,
    },
  });
  if (deployment.endingAt !== null) return info('draining', deployment.endingAt);
  for (const state of TOLD) {
    const report = earliest(told.filter((one) => one.state === state));
    if (report !== undefined) return info(state, report.since, report.error);
  }
  const trouble = troubleOf(deployment, current, told, now);
  if (trouble !== null) return info(trouble.final ? 'stalled' : 'waiting', trouble.since, trouble.error);
  const standby = earliest(told.filter(({ state }) => state === 'standby'));
  const alone = pods.length === current.length && told.length === current.length;
  if (standby !== undefined && alone && now - standby.since >= STANDBY_GRACE_MS) return info('standby', standby.since);
  const first = current.length === 0 ? deployment.createdAt : Math.min(...current.map(({ createdAt }) => createdAt));
  return info('starting', first);
}

/** A container that ended has left its last report behind, until that runs out or the next one writes its own. */
function isOfThisLife({ since }: Report, { runningSince, trouble }: SeenPod): boolean {
  return runningSince === null ? trouble === null : since >= runningSince - ROUNDING_MS;
}

/** What keeps the Pods of an assignment from telling anything: that which lasts the longest, and is not likely to pass. */
function troubleOf(
  deployment: SeenDeployment,
  current: readonly SeenPod[],
  told: readonly Report[],
  now: number,
): Trouble | null {
  // One that ends again and again says that it starts each time.
  const silent = current.filter(({ name }) => !told.some(({ pod, state }) => pod === name && state !== 'starting'));
  const troubles = [
    ...silent.flatMap(({ trouble }) => trouble ?? []),
    ...(deployment.refused === null ? [] : [deployment.refused]),
  ];
  const ripe = troubles.filter(({ since, final }) => final || now - since >= TROUBLE_GRACE_MS);
  const worst = earliest(ripe.filter(({ final }) => final)) ?? earliest(ripe);
  if (worst !== undefined) return worst;
  const mute = silent.find(
    ({ name, runningSince }) =>
      runningSince !== null && now - runningSince >= SILENCE_MS && !told.some(({ pod }) => pod === name),
  );
  if (mute === undefined) return null;
  const message = `Pod ${mute.name} runs, and does not say how it is: it may not reach the store`;
  return { error: { code: 'runner_lost', message }, since: mute.runningSince!, final: false };
}

function earliest<T extends { readonly since: number }>(items: readonly T[]): T | undefined {
  return items.reduce<T | undefined>(
    (first, item) => (first === undefined || item.since < first.since ? item : first),
    undefined,
  );
}
