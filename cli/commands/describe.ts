import type { IntegrationView } from '../../api/views/integration.ts';
import type { PipelineView } from '../../api/views/pipeline.ts';
import type { RepositoryView, SyncView } from '../../api/views/repository.ts';
import type { RunView } from '../../api/views/run.ts';
import type { Client, ListPage } from '../client.ts';
import type { CliContext } from '../context.ts';
import { findConnectors } from '../find-connectors.ts';
import { parseKind, type ShownKind } from '../kinds.ts';
import { jsonDocument } from '../output/json.ts';
import { describeRepository } from '../output/repositories.ts';
import { describeRun } from '../output/runs.ts';
import { withResource, type ResourceOptions } from '../options.ts';
import { connect } from '../target.ts';
import type { RegisterCommand } from './command.ts';

/** How much of the past is shown. */
const RECENT = 5;

interface Described {
  readonly json: unknown;
  readonly text: string;
}

type Describe = (
  client: Client,
  name: string,
  workspace: string | undefined,
  context: CliContext,
) => Promise<Described>;

const DESCRIBE: Record<ShownKind, Describe> = {
  pipelines: async (client, name, workspace, context) => {
    const { describePipeline } = await import('../output/describe-pipeline.ts');
    const pipeline = await client.get<PipelineView>(`/v1/pipelines/${encodeURIComponent(name)}`, { workspace });
    const runs = await client.get<ListPage<RunView>>(`/v1/pipelines/${pipeline.id}/runs`, { limit: RECENT });
    return { json: { ...pipeline, runs: runs.data }, text: describePipeline(pipeline, runs.data, context) };
  },
  connections: async (client, name, workspace, context) => {
    const { describeConnection } = await import('../output/describe-connection.ts');
    const connection = await client.get<IntegrationView>(`/v1/integrations/${encodeURIComponent(name)}`, { workspace });
    return { json: connection, text: describeConnection(connection, context) };
  },
  connectors: async (client, name, workspace) => {
    const { describeConnector } = await import('../output/describe-connector.ts');
    const [connector] = await findConnectors(client, name, workspace);
    return { json: connector, text: describeConnector(connector!) };
  },
  repositories: async (client, name, workspace, context) => {
    const repository = await client.get<RepositoryView>(`/v1/repositories/${encodeURIComponent(name)}`, { workspace });
    const syncs = await client.get<ListPage<SyncView>>(`/v1/repositories/${repository.id}/syncs`, { limit: RECENT });
    return { json: { ...repository, syncs: syncs.data }, text: describeRepository(repository, syncs.data, context) };
  },
  runs: async (client, name, workspace, context) => {
    const run = await client.get<RunView>(`/v1/runs/${encodeURIComponent(name)}`, { workspace });
    return { json: run, text: describeRun(run, context) };
  },
};

export const registerDescribe: RegisterCommand = (program, context) => {
  withResource(
    program
      .command('describe')
      .description('Show everything about a pipeline, a connection, a connector, a repository or a run')
      .argument('<kind>', 'pipeline, connection, connector, repository or run')
      .argument('<name>', 'name or id'),
  ).action(async (kind: string, name: string, options: ResourceOptions) => {
    const describe = DESCRIBE[parseKind(kind)];
    const { json, text } = await describe(connect(context, options), name, options.workspace, context);
    context.terminal.out(options.json === true ? jsonDocument(json) : text);
  });
};
