import { Option } from 'commander';
import { HeadgateError } from '../../foundation/errors.ts';
import { ADMIN_TOKEN_ID } from '../../api/tokens.ts';
import type { IssuedTokenView, TokenView } from '../../api/views/token.ts';
import { SCOPES } from '../../store/ports.ts';
import type { Static } from 'typebox';
import type { ListPage } from '../client.ts';
import type { CliContext } from '../context.ts';
import { jsonDocument } from '../output/json.ts';
import { statusText } from '../output/style.ts';
import { renderTable } from '../output/table.ts';
import { relative } from '../output/figures.ts';
import { withServer, type ServerOptions } from '../options.ts';
import { connect } from '../target.ts';
import type { RegisterCommand } from './command.ts';

interface CreateOptions extends ServerOptions {
  readonly scope: readonly string[];
  readonly workspace?: readonly string[];
  readonly expires?: string;
}

/** `token create`, `token rotate`, `token list`, `token revoke`. */
export const registerToken: RegisterCommand = (program, context) => {
  const { terminal } = context;
  const token = program.command('token').description('Issue, list and revoke tokens for the API');

  withServer(
    token
      .command('create')
      .description('Issue a token. It is shown once and stored nowhere')
      .argument('<name>', 'what it is for')
      .addOption(new Option('--scope <scope...>', 'what it may do').choices(SCOPES).default(['read']))
      .option('-w, --workspace <name...>', 'only these workspaces; all when left out')
      .option('--expires <duration>', 'how long it is valid, such as 90d; for ever when left out'),
  ).action(async (name: string, options: CreateOptions) => {
    const issued = await connect(context, options).post<Static<typeof IssuedTokenView>>('/v1/tokens', {
      name,
      scopes: options.scope,
      ...(options.workspace === undefined ? {} : { workspaces: options.workspace }),
      ...(options.expires === undefined ? {} : { expires_in: options.expires }),
    });
    if (options.json === true) terminal.out(jsonDocument(issued));
    else {
      terminal.err(`token ${issued.name} (${issued.id}): keep it now, it is not shown again\n`);
      terminal.out(`${issued.token}\n`);
    }
  });

  withServer(
    token
      .command('rotate')
      .description('Issue a token like this one, and revoke this one. The new one is shown once')
      .argument('<id>', 'id of the token'),
  ).action(async (id: string, options: ServerOptions) => {
    const client = connect(context, options);
    const path = `/v1/tokens/${encodeURIComponent(id)}`;
    const old = await client.get<TokenView>(path);
    refuseRotation(old);
    const { name, scopes, workspaces, expires_at } = old;
    const wish = { name, scopes, workspaces, ...(expires_at === null ? {} : { expires_at }) };
    const issued = await client.post<Static<typeof IssuedTokenView>>('/v1/tokens', wish);
    // Shown before the old one goes: whatever happens then, there is one that works.
    if (options.json === true) terminal.out(jsonDocument(issued));
    else {
      terminal.err(`token ${name} (${issued.id}): keep it now, it is not shown again\n`);
      terminal.out(`${issued.token}\n`);
    }
    await client.delete<unknown>(path);
    if (options.json !== true) terminal.err(`token ${id} revoked\n`);
  });

  withServer(token.command('list').description('List tokens, revoked and expired ones too')).action(
    async (options: ServerOptions) => {
      const { data } = await connect(context, options).get<ListPage<TokenView>>('/v1/tokens');
      terminal.out(options.json === true ? jsonDocument(data) : tokenTable(data, context));
    },
  );

  withServer(token.command('revoke').description('Revoke a token at once').argument('<id>', 'id of the token')).action(
    async (id: string, options: ServerOptions) => {
      const answer = await connect(context, options).delete<unknown>(`/v1/tokens/${encodeURIComponent(id)}`);
      terminal.out(options.json === true ? jsonDocument(answer) : `token ${id} revoked\n`);
    },
  );
};

function refuseRotation({ id, status, integration_id: integration }: TokenView): void {
  if (status !== 'active') {
    throw new HeadgateError('conflict', `the token ${id} is ${status}`, {
      hint: 'issue another with `headgate token create`',
    });
  }
  if (id === ADMIN_TOKEN_ID) {
    throw new HeadgateError('conflict', "the administrator's token is set when the server starts", {
      hint: 'set another HEADGATE_ADMIN_TOKEN, or remove the file admin-token from the data folder, and start the server again',
    });
  }
  if (integration !== null) {
    throw new HeadgateError('conflict', `the token ${id} is the key of the connection ${integration}`, {
      hint: 'make a new key with POST /v1/integrations/{id}/regenerate-key',
    });
  }
}

function tokenTable(tokens: readonly TokenView[], { style, terminal, clock }: CliContext): string {
  const now = clock();
  const rows = tokens.map((token) => [
    token.id,
    token.name,
    statusText(style, token.status),
    token.scopes.join(','),
    token.workspaces?.join(',') ?? 'all',
    token.expires_at === null ? 'never' : relative(token.expires_at, now),
    relative(token.last_used_at, now) || 'never',
  ]);
  const titles = ['ID', 'NAME', 'STATUS', 'SCOPES', 'WORKSPACES', 'EXPIRES', 'LAST USED'];
  const shrinking = new Set(['NAME', 'WORKSPACES']);
  return renderTable(
    titles.map((title) => ({ title, shrink: shrinking.has(title) })),
    rows,
    { width: terminal.width },
  );
}
