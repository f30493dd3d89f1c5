import type { StoredResource } from '../../controller/ports.ts';
import { findConnector } from '../../runner/connectors/index.ts';

/** Whether every word stands in one of the texts, whatever its case and accents. No words fit everything. */
export function fits(query: string, texts: readonly (string | undefined)[]): boolean {
  const folded = texts.flatMap((text) => (text === undefined ? [] : fold(text)));
  return fold(query)
    .split(/\s+/)
    .every((word) => folded.some((text) => text.includes(word)));
}

/** By name, title, service, and the title of the service. */
export function fitsIntegration(query: string, { resource }: StoredResource<'Connection'>): boolean {
  const { connector, title } = resource.spec;
  return fits(query, [resource.metadata.name, title, connector, findConnector(connector)?.title]);
}

const fold = (text: string): string => text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase().trim();
