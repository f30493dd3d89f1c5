import { Gauge, type Registry } from 'prom-client';
import type { Controller } from '../../controller/controller.ts';
import type { Election } from '../../controller/kubernetes/election/election.ts';
import type { ReflectorState } from '../../controller/kubernetes/reflector.ts';
import type { KubernetesResources } from '../../controller/kubernetes/resources/open.ts';
import { typeOf } from '../../controller/kubernetes/object-types.ts';
import type { PodRunners } from './kubernetes-runners.ts';

export interface Measured {
  readonly copies: Pick<KubernetesResources, 'states'>;
  readonly runners: Pick<PodRunners, 'states'>;
  readonly election: Pick<Election, 'state'>;
  readonly controller: Pick<Controller, 'depth'>;
}

/** Registers what only a cluster has: how its copies are doing, who leads, how long the queue is. */
export function clusterMetrics(registry: Registry, { copies, runners, election, controller }: Measured): void {
  const ofTypes = (): ReadonlyMap<string, readonly ReflectorState[]> => {
    const types = new Map<string, ReflectorState[]>();
    const add = (type: string, state: ReflectorState): void =>
      void types.set(type, [...(types.get(type) ?? []), state]);
    for (const state of copies.states()) add(typeOf(state.kind).plural, state);
    for (const [type, states] of Object.entries(runners.states())) for (const state of states) add(type, state);
    return types;
  };
  const perType = (name: string, help: string, value: (states: readonly ReflectorState[]) => number): void => {
    const gauge: Gauge = new Gauge({
      name,
      help,
      labelNames: ['type'],
      registers: [registry],
      collect() {
        for (const [type, states] of ofTypes()) gauge.set({ type }, value(states));
      },
    });
  };
  const single = (name: string, help: string, value: () => number): void => {
    const gauge: Gauge = new Gauge({ name, help, registers: [registry], collect: () => gauge.set(value()) });
  };
  perType('headgate_kubernetes_objects', 'Objects in the copy of the cluster, by type.', (states) =>
    states.reduce((sum, { objects }) => sum + objects, 0),
  );
  perType(
    'headgate_kubernetes_watch_failures',
    'Watches that broke off and lists that failed since the start.',
    (states) => states.reduce((sum, { failures }) => sum + failures, 0),
  );
  perType('headgate_kubernetes_silence_seconds', 'Since when the quietest watch has said nothing.', (states) =>
    Math.max(0, ...states.map(({ heardAt }) => (heardAt === null ? 0 : (Date.now() - heardAt) / 1000))),
  );
  single('headgate_leader', '1 while this process leads.', () => (election.state().leading ? 1 : 0));
  single(
    'headgate_leader_epoch',
    'Of the term under way; -1 while this process does not lead.',
    () => election.state().epoch ?? -1,
  );
  single('headgate_queue_depth', 'Keys that wait to be worked on.', () => controller.depth);
}
