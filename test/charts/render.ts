/** For tests: the chart as the real helm renders it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

export const ROOT = join(import.meta.dirname, '..', '..');
export const CHART = join(ROOT, 'charts', 'headgate');
export const RELEASE = 'hg';
export const NAMESPACE = 'data';

/** A Kubernetes object as tests look at it. */
export interface Rendered {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: unknown;
  readonly rules?: readonly Rule[];
  readonly data?: Readonly<Record<string, string>>;
}

export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

export type Values = Readonly<Record<string, unknown>>;

/** `HELM`, or helm in the PATH; null where there is none. */
export function helmProgram(): string | null {
  const program = process.env['HELM'] ?? 'helm';
  return spawnSync(program, ['version'], { stdio: 'ignore' }).status === 0 ? program : null;
}

/** Why tests with helm are skipped, or false. */
export function withoutHelm(): boolean {
  if (helmProgram() !== null) return false;
  process.stderr.write('skipped: no helm; HELM=$(test/cluster/helm.sh) builds one\n');
  return true;
}

interface RenderOptions {
  /** `1.33.0` when left out. */
  readonly kubeVersion?: string;
  /** More groups and kinds that the API server serves. */
  readonly apiVersions?: readonly string[];
}

/** What helm prints; throws with what it complains of. */
export function template(
  values: Values = {},
  { kubeVersion = '1.33.0', apiVersions = [] }: RenderOptions = {},
): string {
  const args = ['template', RELEASE, CHART, '-n', NAMESPACE, '--kube-version', kubeVersion, '-f', '-'];
  const more = apiVersions.flatMap((version) => ['--api-versions', version]);
  return execFileSync(helmProgram()!, [...args, ...more], {
    input: JSON.stringify(values),
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'pipe'],
    maxBuffer: 2 ** 26,
  });
}

export function objectsOf(text: string): Rendered[] {
  return parseAllDocuments(text).flatMap((document) => {
    const object = document.toJS() as Rendered | null;
    return object === null ? [] : [object];
  });
}

export function render(values: Values = {}, options: RenderOptions = {}): Rendered[] {
  return objectsOf(template(values, options));
}

export interface FoundPod {
  /** What the template belongs to: `Deployment/hg-headgate-controller`. */
  readonly of: string;
  readonly template: PodTemplate;
  /** The names of the volumes that a StatefulSet adds, each a claim. */
  readonly claims: readonly string[];
}

/** The Pod templates among objects. */
export function podsOf(objects: readonly Rendered[]): FoundPod[] {
  return objects.flatMap(({ kind, metadata, spec }) => {
    const { template: found, volumeClaimTemplates = [] } = (spec ?? {}) as {
      template?: PodTemplate;
      volumeClaimTemplates?: readonly { readonly metadata: { readonly name: string } }[];
    };
    const claims = volumeClaimTemplates.map((claim) => claim.metadata.name);
    return found === undefined ? [] : [{ of: `${kind}/${metadata.name}`, template: found, claims }];
  });
}

export interface PodTemplate {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: {
    readonly securityContext?: Readonly<Record<string, unknown>>;
    readonly containers: readonly Container[];
    readonly initContainers?: readonly Container[];
    readonly volumes?: readonly Readonly<Record<string, unknown>>[];
    readonly [field: string]: unknown;
  };
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: unknown }[];
  readonly securityContext?: Readonly<Record<string, unknown>>;
  readonly resources?: Readonly<Record<string, unknown>>;
}

/** One line of rbac.yaml. */
export interface Right {
  readonly group: string;
  readonly resources: readonly string[];
  readonly scope: 'watched' | 'release' | 'cluster';
  readonly verbs: readonly {
    readonly verb: string;
    readonly for: readonly ('controller' | 'api')[];
    readonly why: string;
  }[];
}

/** Every right that the chart gives, as its file says. */
export function rights(): Right[] {
  return parseAllDocuments(readFileSync(join(CHART, 'rbac.yaml'), 'utf8'))[0]!.toJS() as Right[];
}
