import { Type, type Static } from 'typebox';
import type { StoredResource } from '../../controller/ports.ts';
import type { ConnectionSpec } from '../../crds/index.ts';
import { Condition, MapOf, OneOf, Strict } from '../../crds/common.ts';
import type { ConnectorManifest } from '../../runner/connectors/catalogue.ts';
import { Id, Nullable, Text, Time, timeOf } from './common.ts';
import { redactSettings } from './redact.ts';

const INTEGRATION_STATUSES = ['active', 'disabled', 'draining', 'error', 'pending'] as const;

export const IntegrationView = Strict(
  {
    id: Id('The integration: the same in every installation.', 'cn_7p2m9x4c1t8r5v3w'),
    name: Text('shop-postgres', 'Unique within the workspace; stands for the id in every path.'),
    title: Nullable(Text('The database of the shop'), { description: 'A name for people.' }),
    workspace: Text('default'),
    service: Text('postgres', 'The connector, by its name in the catalogue.'),
    enabled: Type.Boolean({ description: 'Whether pipelines may use it.', examples: [true] }),
    settings: MapOf(Type.Unknown(), {
      description: 'As they are declared: secrets as the references that Git holds, never their values.',
      examples: [{ url: '${secret:shop-db/url}' }],
    }),
    synchronizations: Type.Array(Strict({ eventType: Text('order.created'), enabled: Type.Boolean() }), {
      description: 'Which events of it are acted upon.',
    }),
    status: OneOf(INTEGRATION_STATUSES, {
      description:
        'active; disabled in Git; draining: it is going; error: see `conditions`; pending: not looked at yet.',
    }),
    conditions: Type.Array(Condition),
    revision: Text('9f2c41d07be3a5586c1d', 'The commit that last changed it.'),
    created_at: Time('When it was first applied.'),
    updated_at: Time('When it last changed.'),
  },
  {
    title: 'Integration',
    description: 'A connection: a connector with its settings, declared once, used by many pipelines.',
  },
);
export type IntegrationView = Static<typeof IntegrationView>;

export function integrationView(stored: StoredResource<'Connection'>): IntegrationView {
  const { metadata, spec } = stored.resource;
  return {
    id: stored.id,
    name: metadata.name,
    title: spec.title ?? null,
    workspace: metadata.namespace,
    service: spec.connector,
    enabled: spec.enabled !== false,
    settings: redactSettings(spec.settings ?? {}) as Record<string, unknown>,
    synchronizations: shownTypes(spec.synchronizations),
    status: statusOf(stored),
    conditions: stored.status.conditions ?? [],
    revision: stored.revision,
    created_at: timeOf(stored.createdAt)!,
    updated_at: timeOf(stored.updatedAt)!,
  };
}

export function shownTypes(synchronizations: ConnectionSpec['synchronizations']): IntegrationView['synchronizations'] {
  return (synchronizations ?? []).map(({ eventType, enabled }) => ({ eventType, enabled: enabled !== false }));
}

function statusOf(stored: StoredResource<'Connection'>): IntegrationView['status'] {
  if (stored.deletedAt !== null) return 'draining';
  if (stored.resource.spec.enabled === false) return 'disabled';
  const ready = stored.status.conditions?.find(({ type }) => type === 'Ready')?.status;
  if (ready === 'False') return 'error';
  return ready === 'True' ? 'active' : 'pending';
}

const Stream = Nullable(Strict({ required: Type.Boolean(), description: Type.String(), example: Type.String() }), {
  description: 'What `stream` means there; null: it is not used.',
});

const Item = Strict({ name: Text('create-event'), description: Type.String() });

/** A connector of the catalogue. */
export const ManifestView = Strict(
  {
    service: Text('postgres', 'Its name: `service` of an integration, `connector` in Git.'),
    title: Text('PostgreSQL'),
    summary: Type.String(),
    kind: OneOf(['batch', 'stream'], { description: 'stream: pipelines that read from it run all the time.' }),
    reads: Type.Boolean({ description: 'Whether it can be a source.' }),
    writes: Type.Boolean({ description: 'Whether it can be a destination.' }),
    query: Type.Boolean({ description: 'Whether a source takes `query` instead of `stream`.' }),
    source_stream: Stream,
    destination_stream: Stream,
    modes: Type.Array(Type.String(), { description: 'Write modes, the default first.', examples: [['overwrite']] }),
    settings: MapOf(Type.Unknown(), {
      description: 'JSON Schema of its settings; fields with `secret: true` take references only.',
    }),
    event_types: Type.Array(Type.String(), {
      description: 'Events that it can be synchronized by; a `*` at the end stands for any end.',
      examples: [['order.created']],
    }),
    streams: Type.Array(Item, { description: 'What can be read, where the connector is declared.' }),
    actions: Type.Array(Item, { description: 'What can be written, where the connector is declared.' }),
    workspace: Nullable(Text('default'), { description: 'The workspace that declares it; null: every one has it.' }),
  },
  { title: 'ConnectorManifest' },
);
export type ManifestView = Static<typeof ManifestView>;

export function manifestView(manifest: ConnectorManifest, workspace: string | null = null): ManifestView {
  return {
    service: manifest.name,
    title: manifest.title,
    summary: manifest.summary,
    kind: manifest.kind,
    reads: manifest.reads,
    writes: manifest.writes,
    query: manifest.query,
    source_stream: copied(manifest.sourceStream),
    destination_stream: copied(manifest.destinationStream),
    modes: [...manifest.modes],
    settings: manifest.settings as unknown as Record<string, unknown>,
    event_types: [...manifest.eventTypes],
    streams: manifest.streams.map((item) => ({ ...item })),
    actions: manifest.actions.map((item) => ({ ...item })),
    workspace,
  };
}

function copied(stream: ConnectorManifest['sourceStream']): ManifestView['source_stream'] {
  return stream === null
    ? null
    : { required: stream.required, description: stream.description, example: stream.example };
}
