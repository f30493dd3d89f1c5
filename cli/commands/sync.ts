import { Option } from 'commander';
import type { Static } from 'typebox';
import type { RepositoryView, SyncRequestView, SyncView } from '../../api/views/repository.ts';
import { ERROR_CODES, HeadgateError } from '../../foundation/errors.ts';
import { sleep } from '../../foundation/time.ts';
import type { Client, ListPage } from '../client.ts';
import { Exit } from '../context.ts';
import { jsonDocument } from '../output/json.ts';
import { syncResult } from '../output/repositories.ts';
import { durationArgument, withResource, type ResourceOptions } from '../options.ts';
import { findRepository } from '../repository.ts';
import { connect } from '../target.ts';
import type { RegisterCommand } from './command.ts';

interface SyncOptions extends ResourceOptions {
  readonly allowPrune?: boolean;
  readonly plan?: string;
  readonly wait?: boolean;
  readonly timeout: number;
}

const POLL_MS = 200;
/** Syncs that are looked at to find the one that served the wish. */
const RECENT = 20;

export const registerSync: RegisterCommand = (program, context) => {
  const { terminal, signal } = context;
  withResource(
    program
      .command('sync')
      .description('Sync a repository now')
      .argument('[repository]', 'name or id; may be left out when there is only one')
      .option('--allow-prune', 'consent to a revision that deletes much')
      .option('--plan <hash>', 'apply only the plan with this hash')
      .option('--wait', 'wait for the sync, and fail when it has errors')
      .addOption(
        new Option('--timeout <duration>', 'how long to wait').argParser(durationArgument).default(120_000, '2m'),
      ),
  ).action(async (name: string | undefined, options: SyncOptions) => {
    const client = connect(context, options);
    const repository = await findRepository(client, name, options.workspace);
    const path = `/v1/repositories/${repository.id}`;
    const request = await client.post<Static<typeof SyncRequestView>>(`${path}/sync`, {
      allow_prune: options.allowPrune ?? false,
      ...(options.plan === undefined ? {} : { plan_hash: options.plan }),
    });
    if (options.wait !== true) {
      terminal.out(options.json === true ? jsonDocument(request) : `sync of ${repository.name} requested\n`);
      return;
    }
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(options.timeout)]);
    const sync = await untilServed(client, path, request, deadline);
    terminal.out(options.json === true ? jsonDocument(sync) : syncResult(sync, context));
    if (sync.status === 'blocked') throw new Exit(ERROR_CODES.prune_blocked.exit);
    if (sync.status === 'failed' || sync.status === 'partial') throw new Exit(1);
  });
};

/** The wish leaves the list in the same step in which the sync that served it is recorded. */
async function untilServed(
  client: Client,
  path: string,
  request: Static<typeof SyncRequestView>,
  deadline: AbortSignal,
): Promise<SyncView> {
  for (;;) {
    const { pending_requests: pending } = await client.get<RepositoryView>(path);
    if (!pending.includes(request.id)) break;
    await sleep(POLL_MS, deadline).catch((error: unknown) => {
      throw (error as Error).name === 'TimeoutError'
        ? new HeadgateError('unavailable', 'the sync was not served in time', { hint: 'it is still requested' })
        : error;
    });
  }
  const { data } = await client.get<ListPage<SyncView>>(`${path}/syncs`, { limit: RECENT });
  const served = data.find((sync) => sync.served.includes(request.id));
  if (served !== undefined) return served;
  throw new HeadgateError('internal', 'the sync left no record');
}
