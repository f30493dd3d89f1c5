import { messageOf } from '../../foundation/errors.ts';
import type { Connector } from '../ports.ts';
import { httpDestination } from './http/destination.ts';
import { probe } from './http/probe.ts';
import { HttpSettings } from './http/settings.ts';
import { checkShape, httpSource } from './http/source.ts';
import { issuesOf } from './static-issues.ts';

/** REST and JSON over HTTP. The parts stand in `http/`. */
export const http: Connector<typeof HttpSettings> = {
  name: 'http',
  title: 'HTTP API',
  summary:
    'Reads records from JSON and NDJSON APIs, page by page, and posts records in batches; what a server has accepted stays there when a run fails later.',
  settings: HttpSettings,
  examples: [
    {
      title: 'Pages linked by a cursor, with a bearer token',
      settings: {
        url: 'https://api.example.com/v1',
        auth: { bearer: { token: '${env:API_TOKEN}' } },
        pagination: { cursor: { path: 'meta.next_cursor', param: 'cursor', sizeParam: 'limit', size: 200 } },
        records: 'data',
        incremental: { param: 'updated_since' },
        requestsPerSecond: 5,
      },
    },
    {
      title: 'GraphQL',
      settings: {
        url: 'https://api.example.com/graphql',
        method: 'POST',
        body: { query: 'query($after: String) { orders(after: $after) { nodes { id } pageInfo { endCursor } } }' },
        pagination: { cursor: { path: 'data.orders.pageInfo.endCursor', param: 'variables.after', in: 'body' } },
        records: 'data.orders.nodes',
      },
    },
    {
      title: 'Posting records, 500 a request',
      settings: {
        url: 'https://collector.example.com',
        auth: { apiKey: { name: 'X-Api-Key', value: '${secret:collector/key}' } },
        write: { body: 'wrapped', wrapper: 'items', batchSize: 500 },
      },
    },
  ],
  sourceStream: {
    required: false,
    description: 'A path below `url`, with a query if need be.',
    example: 'orders?status=open',
  },
  destinationStream: { required: false, description: 'A path below `url`.', example: 'import/orders' },
  modes: ['append'],
  source: httpSource,
  destination: httpDestination,
  validate: (settings, { role }) => (role === 'source' ? issuesOf('/settings', () => checkShape(settings)) : []),
  check: async (settings, ctx) => {
    try {
      return await probe(settings, ctx);
    } catch (error) {
      return { ok: false, message: messageOf(error) };
    }
  },
};
