/** What of a live object was declared, and what stands on it beside. */
import type { Kind } from '../../../foundation/ids.ts';
import { withoutDefaults } from '../../../crds/defaults.ts';
import type { SpecOf } from '../../../crds/index.ts';
import {
  CONTROLLER_MANAGER,
  DECLARED_ANNOTATION,
  FILE_ANNOTATION,
  REPOSITORY_LABEL,
  REVISION_ANNOTATION,
  SYNC_MANAGER,
} from '../names.ts';
import type { KubeObject } from '../types.ts';
import { fieldsOf, type OwnedFields } from './owned.ts';

type Texts = Readonly<Record<string, string>>;

export interface DeclaredForm {
  /** Whether a sync, or the server itself, put it there; otherwise people did, with kubectl or another tool. */
  readonly synced: boolean;
  readonly labels: Texts;
  readonly annotations: Texts;
  /** Annotations that stand over the declared ones: the API put them there, or people for Headgate to read. */
  readonly live: Texts;
  readonly spec: SpecOf<Kind>;
  /** Somebody has changed or added fields of what a sync had put there. */
  readonly edited: boolean;
}

/** Labels and annotations that Headgate keeps on resources for itself: nobody declares them. */
export const OWN_NAMES: readonly string[] = [
  REPOSITORY_LABEL,
  REVISION_ANNOTATION,
  FILE_ANNOTATION,
  DECLARED_ANNOTATION,
];

/** What other tools note on objects for themselves, by the beginning of its name. */
const OF_TOOLS = [
  'kubectl.kubernetes.io/',
  'argocd.argoproj.io/',
  'app.kubernetes.io/instance',
  'kustomize.toolkit.fluxcd.io/',
  'helm.toolkit.fluxcd.io/',
  'meta.helm.sh/',
];

/** What people and the API steer Headgate by. */
const OF_HEADGATE = 'headgate.dev/';

/**
 * Of what a sync put there, the fields that it owns are what was declared: labels and annotations of others are theirs, and a
 * default in the specification that it did not choose was filled in by the API server. Of what people put there everything is
 * declared but what tools note for themselves.
 */
export function declaredForm(kind: Kind, object: KubeObject): DeclaredForm {
  const { labels = {}, annotations = {} } = object.metadata;
  const sync = fieldsOf(object, SYNC_MANAGER);
  const controller = fieldsOf(object, CONTROLLER_MANAGER);
  const given = object['spec'] as SpecOf<Kind>;
  if (sync.none) {
    const isLive = (name: string): boolean => controller.annotations.has(name);
    const written = without(annotations, (name) => isOwn(name) || isOfTools(name));
    return {
      synced: false,
      labels: without(labels, (name) => isOwn(name) || isOfTools(name)),
      annotations: without(written, isLive),
      live: without(written, (name) => !isLive(name)),
      spec: given,
      edited: false,
    };
  }
  const below = covered(annotations);
  const isDeclared = (name: string): boolean =>
    sync.annotations.has(name) || (below[name] !== undefined && below[name] === annotations[name]);
  const spec = withoutDefaults(kind, given, (path) => sync.ofSpec(path));
  return {
    synced: true,
    labels: without(labels, (name) => isOwn(name) || !sync.labels.has(name)),
    annotations: {
      ...below,
      ...without(annotations, (name) => isOwn(name) || !isDeclared(name)),
    },
    live: without(
      annotations,
      (name) => isOwn(name) || isDeclared(name) || !(name.startsWith(OF_HEADGATE) || controller.annotations.has(name)),
    ),
    spec,
    edited: !ownsAll(sync, [], spec),
  };
}

function ownsAll(fields: OwnedFields, path: readonly string[], value: unknown): boolean {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return fields.ofSpec(path);
  return Object.entries(value).every(([name, member]) => ownsAll(fields, [...path, name], member));
}

const isOwn = (name: string): boolean => OWN_NAMES.includes(name);
const isOfTools = (name: string): boolean => OF_TOOLS.some((beginning) => name.startsWith(beginning));

function without(texts: Texts, isUnwanted: (name: string) => boolean): Texts {
  return Object.fromEntries(Object.entries(texts).filter(([name]) => !isUnwanted(name)));
}

/** The declared values of annotations that live ones stand over. What people broke in it counts for nothing. */
export function covered(annotations: Texts): Texts {
  const text = annotations[DECLARED_ANNOTATION];
  if (text === undefined) return {};
  try {
    const parsed = JSON.parse(text) as unknown;
    if (parsed === null || typeof parsed !== 'object') return {};
    return Object.fromEntries(
      Object.entries(parsed).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    );
  } catch {
    return {};
  }
}
