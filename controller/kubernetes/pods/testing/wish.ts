/** For tests: the settings of an installation, and a Pod that is asked for. */
import type { PodSettings, PodWish } from '../types.ts';

export function podSettings(more: Partial<PodSettings> = {}): PodSettings {
  return {
    image: 'headgate:1',
    environment: 'test',
    storeSecret: { name: 'headgate-store', key: 'url' },
    user: 65532,
    dataVolume: { emptyDir: { sizeLimit: '1Gi' } },
    tmpSize: '100Mi',
    resources: {},
    allowPodTemplate: 'safe',
    ...more,
  };
}

export function podWish(more: Partial<PodWish> = {}): PodWish {
  return {
    component: 'run',
    labels: { 'headgate.dev/run-id': 'r' },
    assignment: 'run/r/1',
    secrets: [],
    graceSeconds: 30,
    restartPolicy: 'Never',
    resources: {},
    podTemplate: {},
    ...more,
  };
}
