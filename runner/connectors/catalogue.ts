/** The catalogue as data: what the API and the reference show of each connector. */
import type { TSchema } from 'typebox';
import type { WriteMode } from '../../crds/index.ts';
import type { Connector, StreamDescription } from '../ports.ts';

/** A connector without its code. Everything in it is JSON. */
export interface ConnectorManifest {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  /** `stream`: pipelines that read from it run all the time. */
  readonly kind: 'batch' | 'stream';
  readonly reads: boolean;
  readonly writes: boolean;
  /** Whether a source takes a `query` instead of a stream. */
  readonly query: boolean;
  readonly sourceStream: StreamDescription | null;
  readonly destinationStream: StreamDescription | null;
  /** Write modes, the default first; empty where it does not write. */
  readonly modes: readonly WriteMode[];
  /** JSON Schema; fields with `secret: true` take references only. */
  readonly settings: TSchema;
  readonly examples: Connector['examples'];
  /** Types of events that it is for; `*` at the end stands for any end. */
  readonly eventTypes: readonly string[];
  /** What can be read and written, where the connector is declared. */
  readonly streams: readonly ManifestItem[];
  readonly actions: readonly ManifestItem[];
}

export interface ManifestItem {
  readonly name: string;
  readonly description: string;
}

export function manifestOf(connector: Connector): ConnectorManifest {
  return {
    name: connector.name,
    title: connector.title,
    summary: connector.summary,
    kind: connector.streaming === true ? 'stream' : 'batch',
    reads: connector.source !== undefined || connector.streaming === true,
    writes: connector.destination !== undefined,
    query: connector.query === true,
    sourceStream: connector.sourceStream ?? null,
    destinationStream: connector.destinationStream ?? null,
    modes: connector.destination === undefined ? [] : (connector.modes ?? []),
    settings: connector.settings,
    examples: connector.examples,
    eventTypes: eventTypesOf(connector),
    streams: itemsOf(connector.manifest?.streams),
    actions: itemsOf(connector.manifest?.actions),
  };
}

function eventTypesOf({ manifest }: Connector): readonly string[] {
  const declared = (manifest?.eventTypes ?? []).map(({ name }) => name);
  const ofActions = (manifest?.actions ?? []).flatMap(({ eventTypes }) => eventTypes ?? []);
  return [...new Set([...declared, ...ofActions])];
}

const itemsOf = (items: readonly { name: string; description?: string }[] = []): readonly ManifestItem[] =>
  items.map(({ name, description }) => ({ name, description: description ?? '' }));

/** Manifests in the order of their names. */
export function manifestsOf(connectors: readonly Connector[]): readonly ConnectorManifest[] {
  return connectors.map(manifestOf).sort((a, b) => a.name.localeCompare(b.name, 'en'));
}
