import { Type, type Static, type TSchema } from 'typebox';
import { DURATION_PATTERN } from '../foundation/time.ts';

export const API_VERSION = 'headgate.dev/v1alpha1';

export const NAME_PATTERN = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$';
const RESOURCE_NAME_PATTERN = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$';
/** No control characters, and no halves of surrogate pairs, which a store or a header would turn into something else. */
export const CLEAN_PATTERN = '^[^\\p{Cc}\\p{Cs}]*$';
export const VARIABLE_PATTERN = '^[A-Za-z_][A-Za-z0-9_]*$';

/** What each pattern of the schemas asks for, in words for messages. */
export const PATTERN_WORDS: Readonly<Record<string, string>> = {
  [NAME_PATTERN]: 'must consist of lower-case letters, digits and inner hyphens',
  [RESOURCE_NAME_PATTERN]: 'must consist of lower-case letters, digits, and inner hyphens and dots',
  [VARIABLE_PATTERN]: 'must consist of letters, digits and underscores, and not begin with a digit',
  [CLEAN_PATTERN]: 'must hold no control characters',
  [DURATION_PATTERN]: 'must be a duration such as 500ms, 30s, 5m, 1h30m or 7d',
};

/** RFC 1123 label, as Kubernetes asks of names. */
export const Name = (description: string) =>
  Type.String({ description, pattern: NAME_PATTERN, minLength: 1, maxLength: 63 });

/** RFC 1123 subdomain: names of resources. */
export const ResourceName = (description: string) =>
  Type.String({ description, pattern: RESOURCE_NAME_PATTERN, minLength: 1, maxLength: 253 });

/** Values for `${var:NAME}`. */
export const Variables = (description: string) =>
  MapOf(Type.String({ maxLength: 4096 }), {
    description,
    maxProperties: 100,
    propertyNames: { pattern: VARIABLE_PATTERN },
    examples: [{ REGION: 'eu' }],
  });

/** `500ms`, `30s`, `1h30m`, `7d`. */
export const Duration = (description: string, fallback?: string) =>
  Type.String({
    description,
    pattern: DURATION_PATTERN,
    maxLength: 32,
    ...(fallback === undefined ? { examples: ['30s'] } : { default: fallback }),
  });

/** An object that refuses unknown fields: every object of a resource but free-form maps. */
export const Strict = <T extends Record<string, TSchema>>(properties: T, options: Record<string, unknown> = {}) =>
  Type.Object(properties, { additionalProperties: false, ...options });

/** A rule of the API server over an object (CEL), and what it says of one that breaks it. Older API servers know none. */
export interface Rule {
  readonly rule: string;
  readonly message: string;
}

/** Rules of one object of a schema; checks behind the schemas (check.ts) refuse the same everywhere. */
export const rules = (...all: readonly Rule[]) => ({ 'x-kubernetes-validations': all });

/** A map from free keys to values of one schema. The pattern fits every key, also one with a line break in it. */
export const MapOf = <T extends TSchema>(value: T, options: Record<string, unknown> = {}) =>
  Type.Unsafe<Record<string, Static<T>>>({ type: 'object', patternProperties: { '^': value }, ...options });

/** One of several literal strings. */
export const OneOf = <T extends string>(values: readonly T[], options: Record<string, unknown> = {}) =>
  Type.Unsafe<T>({ type: 'string', enum: [...values], ...options });

export const Metadata = Strict(
  {
    name: ResourceName('Name, unique for its kind within the workspace.'),
    namespace: Type.Optional({
      ...Name('The workspace. Files in Git default to `default`; on Kubernetes to the namespace of their Repository.'),
      default: 'default',
    }),
    labels: Type.Optional(MapOf(Type.String({ maxLength: 63 }), { description: 'Labels, for grouping and finding.' })),
    annotations: Type.Optional(
      MapOf(Type.String({ maxLength: 16_384 }), { description: 'Free notes; some steer Headgate (see the guide).' }),
    ),
  },
  { description: 'Name, workspace, labels and annotations.' },
);

/** A condition in the form of Kubernetes. */
export const Condition = Strict({
  type: Type.String({ description: 'Ready, Reconciling or Stalled.', maxLength: 316 }),
  status: OneOf(['True', 'False', 'Unknown'], { description: 'Whether the condition holds.' }),
  reason: Type.String({ description: 'One word for programs.', maxLength: 1024 }),
  message: Type.String({ description: 'One sentence for people.', maxLength: 32_768 }),
  lastTransitionTime: Type.String({ description: 'When `status` last changed.', format: 'date-time' }),
  observedGeneration: Type.Optional(Type.Integer({ description: 'The generation this was judged for.', minimum: 0 })),
});
export type Condition = Static<typeof Condition>;

/** What every kind's status has. */
export const commonStatus = {
  observedGeneration: Type.Optional(
    Type.Integer({ description: 'The generation that the status speaks of.', minimum: 0 }),
  ),
  revision: Type.Optional(Type.String({ description: 'The commit or generation the definition came from.' })),
  lastHandledReconcileAt: Type.Optional(
    Type.String({ description: 'The value of the annotation `headgate.dev/requestedAt` that was acted upon last.' }),
  ),
  conditions: Type.Optional(
    Type.Array(Condition, {
      description: 'Ready is always there; Reconciling and Stalled only while true.',
      maxItems: 16,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['type'],
    }),
  ),
};

/** A column in `kubectl get`. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'boolean' | 'date';
  readonly jsonPath: string;
  readonly description: string;
  /** Above 0: only in the wide form (`-o wide`). */
  readonly priority?: number;
}

/** A kind: what CRD, validator, editor schema and reference are generated from. */
export interface KindDefinition {
  readonly kind: string;
  readonly plural: string;
  readonly shortNames: readonly string[];
  /** One paragraph for the reference. */
  readonly summary: string;
  /** A complete resource as YAML, for reference and editors. */
  readonly example: string;
  readonly spec: TSchema;
  readonly status: TSchema;
  readonly columns: readonly PrinterColumn[];
  /** Where `kubectl scale` and autoscalers find the number of runners, as paths of a resource. */
  readonly scale?: {
    readonly specReplicasPath: string;
    readonly statusReplicasPath: string;
    readonly labelSelectorPath: string;
  };
}

/** Columns that several kinds have. */
export const COLUMNS = {
  ready: (description: string): PrinterColumn => ({
    name: 'Ready',
    type: 'string',
    jsonPath: '.status.conditions[?(@.type=="Ready")].status',
    description,
  }),
  reason: {
    name: 'Reason',
    type: 'string',
    jsonPath: '.status.conditions[?(@.type=="Ready")].reason',
    description: 'Why it is ready or not, in one word.',
    priority: 1,
  },
  revision: {
    name: 'Revision',
    type: 'string',
    jsonPath: '.status.revision',
    description: 'The commit or generation that it came from.',
    priority: 1,
  },
  age: { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Since when it exists.' },
} as const;
