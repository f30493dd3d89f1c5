/**
 * Pipelines in the flat form: the fields of the spec, and short names for the usual ones, side by side with the name. What
 * stands here is pure; `flat-change.ts` applies it to a resource.
 */
import { Type, type Static, type TSchema } from 'typebox';
import { MapOf, Strict } from '../../crds/common.ts';
import { PipelineSpec } from '../../crds/index.ts';
import { DOMAIN, PipelineView } from '../views/pipeline.ts';
import {
  connectionOf,
  endpointOf,
  FlatDestination,
  FlatSource,
  PatchedEndpoint,
  type Catalogue,
} from './flat-endpoint.ts';
import { lookups, type Lookups } from './lookups.ts';

const { source: _s, sources: _ss, destination: _d, destinations: _ds, schedule, ...plain } = PipelineSpec.properties;

const orNull = <T extends TSchema>(schema: T) => Type.Optional(Type.Union([schema, Type.Null()]));
const Ref = (description: string) => orNull(Type.String({ description, minLength: 1, maxLength: 253 }));
const Note = (description: string, maxLength: number) => orNull(Type.String({ description, maxLength }));

/** The parts of a pipeline; null is the same as leaving out, and in an update takes away what is there. */
const parts = {
  ...(Object.fromEntries(Object.entries(plain).map(([name, schema]) => [name, orNull(schema)])) as {
    [K in keyof typeof plain]: ReturnType<typeof orNull<(typeof plain)[K]>>;
  }),
  schedule: orNull(schedule),
  source: orNull(FlatSource),
  sources: orNull(Type.Array(FlatSource, { minItems: 1, maxItems: 32 })),
  destination: orNull(FlatDestination),
  destinations: orNull(Type.Array(FlatDestination, { minItems: 1, maxItems: 32 })),
  source_id: Ref('Id or name of the connection to read. What else the source says stays.'),
  destination_id: Ref('Id or name of the connection to write. What else the destination says stays.'),
  time_zone: Note('IANA name for `schedule`, UTC when left out.', 64),
  batch_size: orNull(Type.Integer({ description: 'The same as `batch.size`.', minimum: 1, maximum: 100_000 })),
  domain_id: Note('Becomes the label `headgate.dev/domain`.', 63),
  domain_name: Note('Its name for people.', 256),
  labels: orNull(MapOf(Type.String({ maxLength: 63 }), { description: 'All labels; `domain_id` is one of them.' })),
};

const Config = Type.Union([
  Strict({ name: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })), ...parts }),
  Type.Null(),
]);
const Title = Type.String({
  description:
    'A name for people, in any script, or already the name of a resource. Of a new pipeline the resource is called alike, in small letters and hyphens.',
  minLength: 1,
  maxLength: 256,
});

const WRITABLE = new Set(['name', 'config', ...Object.keys(parts)]);
/** Fields of answers that no request changes: sent back, they are ignored. */
export const READ_ONLY = Object.keys(PipelineView.properties).filter((name) => !WRITABLE.has(name));
const ignored = Object.fromEntries(
  READ_ONLY.map((name) => [name, Type.Optional(Type.Unknown({ readOnly: true, description: 'Ignored.' }))]),
);

const fields = {
  ...parts,
  config: Type.Optional(Config),
  ...ignored,
};
export const NewPipeline = Strict(
  { name: Title, ...fields },
  { title: 'NewPipeline', description: 'A pipeline in the flat form. `config` may hold any of the parts as well.' },
);
export const ChangedPipeline = Strict(
  { name: Type.Optional(Title), ...fields },
  { title: 'ChangedPipeline', description: 'The parts to change; what is left out stays.' },
);
export type FlatPipeline = Static<typeof ChangedPipeline>;

/** Parts of which a merge patch changes single members. */
const DEEP = ['batch', 'delivery', 'retry', 'limits', 'variables', 'history', 'runner', 'labels'] as const;
const member = Type.Optional(Type.Union([MapOf(Type.Unknown()), Type.Null()]));
const patched = {
  ...parts,
  ...Object.fromEntries(DEEP.map((name) => [name, member])),
  schedule: Type.Optional(
    Type.Union([Type.String({ minLength: 1, maxLength: 128 }), MapOf(Type.Unknown()), Type.Null()]),
  ),
  source: Type.Optional(PatchedEndpoint),
  destination: Type.Optional(PatchedEndpoint),
};
const part = Type.Optional(Type.Unknown({ description: 'The same part of the resource as Git holds it.' }));
const whole = { apiVersion: part, kind: part, metadata: part, spec: part };
export const PatchedPipeline = Strict(
  {
    name: Type.Optional(Title),
    ...patched,
    config: Type.Optional(Type.Union([Strict({ name: parts.title, ...patched }), Type.Null()])),
    ...ignored,
    ...whole,
  },
  {
    title: 'PatchedPipeline',
    description: 'A merge patch (RFC 7396) over the flat form, or over the resource where it has `metadata` or `spec`.',
  },
);
type Parts = Omit<FlatPipeline, 'name' | 'config'>;

/** What a flat body says, in the terms of a resource. In `spec`, `labels` and `annotations` null takes away. */
export interface FlatChange {
  readonly name?: string;
  readonly spec: Readonly<Record<string, unknown>>;
  /** Connections that take the place of the ones that are read or written now. */
  readonly connections: { readonly source?: string; readonly destination?: string };
  readonly batchSize?: number;
  readonly timeZone?: string | null;
  readonly labels: Readonly<Record<string, string | null>>;
  /** Whether `labels` are all there shall be, and not those to change. */
  readonly allLabels: boolean;
  readonly domainName?: string | null;
}

const PLAIN = [...Object.keys(plain), 'schedule'];

/**
 * Throws `reference_not_found` with all connections and connectors that do not exist. A `source` that says where it reads from wins
 * over `source_id`, which an answer that is sent back has as well.
 */
export function flatChange(body: FlatPipeline, catalogue: Catalogue): FlatChange {
  const { name, config, ...own } = body;
  const { name: _machineName, ...inner } = config ?? {};
  const all: Parts = { ...inner, ...own };
  const at = (field: string): string => (field in own ? `/${field}` : `/config/${field}`);
  const { batch_size: batchSize, labels, domain_id: domain } = all;
  const looked = lookups();
  const spec = specOf(all, catalogue, at, looked);
  const connections = connectionsOf(all, spec, catalogue, at, looked);
  looked.done();
  return {
    ...(name === undefined ? {} : { name }),
    spec,
    connections,
    ...(batchSize == null ? {} : { batchSize }),
    ...(all.time_zone === undefined ? {} : { timeZone: all.time_zone }),
    labels: { ...labels, ...(domain === undefined ? {} : { [DOMAIN]: domain }) },
    allLabels: labels !== undefined,
    ...(all.domain_name === undefined ? {} : { domainName: all.domain_name }),
  };
}

function connectionsOf(
  all: Parts,
  spec: Readonly<Record<string, unknown>>,
  catalogue: Catalogue,
  at: (field: string) => string,
  looked: Lookups,
): FlatChange['connections'] {
  const found: { source?: string; destination?: string } = {};
  for (const field of ['source', 'destination'] as const) {
    const asked = all[`${field}_id`];
    if (asked == null || places(spec, field)) continue;
    const name = looked.try(() => connectionOf(asked, catalogue, at(`${field}_id`)));
    if (name !== null) found[field] = name;
  }
  return found;
}

function specOf(
  all: Parts,
  catalogue: Catalogue,
  at: (field: string) => string,
  looked: Lookups,
): Record<string, unknown> {
  const spec: Record<string, unknown> = {};
  for (const field of PLAIN) {
    const value = all[field as keyof Parts];
    if (value !== undefined) spec[field] = value;
  }
  for (const field of ['source', 'destination'] as const) {
    const one = all[field];
    const many = all[`${field}s`];
    if (one !== undefined) {
      spec[field] = one === null ? null : looked.try(() => endpointOf(one, catalogue, at(field)));
    }
    if (many !== undefined) {
      const place = at(`${field}s`);
      spec[`${field}s`] =
        many?.map((each, index) => looked.try(() => endpointOf(each, catalogue, `${place}/${index}`))) ?? null;
    }
  }
  return spec;
}

/** Whether the spec itself says which connection or connector it is. */
function places(spec: Readonly<Record<string, unknown>>, role: 'source' | 'destination'): boolean {
  const one = spec[role] as { connection?: unknown; connector?: unknown } | null | undefined;
  return spec[`${role}s`] != null || one?.connection != null || one?.connector != null;
}
