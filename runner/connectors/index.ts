/**
 * The catalogue: connectors with code of their own, and the declared ones that come with Headgate. Reference pages, validation
 * and the acceptance suite run from it. What a workspace declares for itself is found by `controller/catalogue.ts`.
 */
import type { Connector } from '../ports.ts';
import { duckdb } from './duckdb.ts';
import { events } from './events.ts';
import { file } from './file.ts';
import { generator } from './generator.ts';
import { http } from './http.ts';
import { SHIPPED, shippedConnector } from './manifests/index.ts';
import { postgres } from './postgres.ts';
import { redisStream } from './redis-stream.ts';
import { sqlite } from './sqlite.ts';
import { stdout } from './stdout.ts';
import { webhook } from './webhook.ts';

/** Those with code of their own. */
export const connectors: readonly Connector[] = [
  duckdb,
  events,
  file,
  generator,
  http,
  postgres,
  redisStream,
  sqlite,
  stdout,
  webhook,
];

/** The names of the whole catalogue. */
export const CATALOGUE_NAMES: readonly string[] = [...connectors.map(({ name }) => name), ...SHIPPED].sort();

/** The connector of that name in the catalogue, or undefined. */
export function findConnector(name: string): Connector | undefined {
  return connectors.find((connector) => connector.name === name) ?? shippedConnector(name);
}

/** The whole catalogue, by name. Reads the manifests. */
export function allConnectors(): readonly Connector[] {
  return CATALOGUE_NAMES.map((name) => findConnector(name)!);
}
