/** The catalogue: every connector there is. Reference pages, validation and the acceptance suite run from this array. */
import type { Connector } from '../ports.ts';
import { duckdb } from './duckdb.ts';
import { events } from './events.ts';
import { file } from './file.ts';
import { generator } from './generator.ts';
import { http } from './http.ts';
import { postgres } from './postgres.ts';
import { redisStream } from './redis-stream.ts';
import { sqlite } from './sqlite.ts';
import { stdout } from './stdout.ts';
import { webhook } from './webhook.ts';

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

/** The connector of that name, or undefined. */
export function findConnector(name: string): Connector | undefined {
  return connectors.find((connector) => connector.name === name);
}
