/** For tests: the restricted Pod Security Standard, https://kubernetes.io/docs/concepts/security/pod-security-standards/ */
import type { Container, PodTemplate } from './render.ts';

const VOLUMES = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);
const HOST = ['hostNetwork', 'hostPID', 'hostIPC'] as const;

/** What a Pod does that the standard does not allow. */
export function violations({ spec }: PodTemplate): string[] {
  const pod = spec.securityContext ?? {};
  const found: string[] = HOST.filter((field) => spec[field] === true);
  if (pod['runAsUser'] === 0) found.push('runAsUser: 0');
  for (const volume of spec.volumes ?? []) {
    const kind = Object.keys(volume).find((key) => key !== 'name');
    if (kind === undefined || !VOLUMES.has(kind)) found.push(`volume ${String(volume['name'])}: ${kind}`);
  }
  for (const container of [...(spec.initContainers ?? []), ...spec.containers]) {
    found.push(...inContainer(container, pod).map((problem) => `${container.name}: ${problem}`));
  }
  return found;
}

function inContainer(container: Container, pod: Readonly<Record<string, unknown>>): string[] {
  const own = container.securityContext ?? {};
  const effective = (field: string): unknown => own[field] ?? pod[field];
  const { drop, add = [] } = (own['capabilities'] ?? {}) as { drop?: string[]; add?: string[] };
  const { type } = (effective('seccompProfile') ?? {}) as { type?: string };
  const checks: readonly (readonly [boolean, string])[] = [
    [own['allowPrivilegeEscalation'] === false, 'privilege escalation is allowed'],
    [own['privileged'] !== true, 'privileged'],
    [effective('runAsNonRoot') === true, 'may run as root'],
    [own['runAsUser'] !== 0, 'runAsUser: 0'],
    [drop?.includes('ALL') === true, 'keeps capabilities'],
    [add.every((name) => name === 'NET_BIND_SERVICE'), 'adds capabilities'],
    [type === 'RuntimeDefault' || type === 'Localhost', 'no seccomp profile'],
  ];
  return checks.flatMap(([fine, problem]) => (fine ? [] : [problem]));
}
