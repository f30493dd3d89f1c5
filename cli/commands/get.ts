import type { Client } from '../client.ts';
import type { CliContext } from '../context.ts';
import { connectionTable } from '../output/connections.ts';
import { connectorTable } from '../output/connectors.ts';
import { jsonDocument } from '../output/json.ts';
import { pipelineTable } from '../output/pipelines.ts';
import { repositoryTable } from '../output/repositories.ts';
import { runTable } from '../output/runs.ts';
import { parseKind, type ShownKind } from '../kinds.ts';
import { countArgument, withResource, type ResourceOptions } from '../options.ts';
import { connect } from '../target.ts';
import { findConnectors } from '../find-connectors.ts';
import type { RegisterCommand } from './command.ts';

interface GetOptions extends ResourceOptions {
  readonly limit: number;
}

type Getter = (client: Client, name: string | undefined, options: GetOptions, context: CliContext) => Promise<void>;

const GETTERS: Record<ShownKind, Getter> = {
  pipelines: getter('/v1/pipelines', pipelineTable),
  connections: getter('/v1/integrations', connectionTable),
  connectors: async (client, name, { json, limit, workspace }, context) => {
    const found = await findConnectors(client, name, workspace, limit);
    const shown = name === undefined ? found : found[0];
    context.terminal.out(json === true ? jsonDocument(shown) : connectorTable(found, context));
  },
  repositories: getter('/v1/repositories', repositoryTable),
  runs: getter('/v1/runs', runTable),
};

/** What the items are, path and table agree upon. */
function getter(path: string, table: (items: readonly never[], context: CliContext) => string): Getter {
  return async (client, name, { json, limit, workspace }, context) => {
    const { terminal } = context;
    if (name !== undefined) {
      const item = await client.get<never>(`${path}/${encodeURIComponent(name)}`, { workspace });
      return terminal.out(json === true ? jsonDocument(item) : table([item], context));
    }
    const items = await client.list<never>(path, { workspace }, limit);
    if (json === true) return terminal.out(jsonDocument(items));
    if (items.length === 0) return terminal.err('nothing found\n');
    return terminal.out(table(items, context));
  };
}

export const registerGet: RegisterCommand = (program, context) => {
  withResource(
    program
      .command('get')
      .description('List pipelines, connections, connectors, repositories or runs, or show one')
      .argument('<kind>', 'pipelines, connections, connectors, repositories or runs')
      .argument('[name]', 'name or id')
      .option('--limit <number>', 'how many at most', countArgument, 1000),
  ).action(async (kind: string, name: string | undefined, options: GetOptions) => {
    await GETTERS[parseKind(kind)](connect(context, options), name, options, context);
  });
};
