import { resolve } from 'node:path';
import { HeadgateError } from '../../foundation/errors.ts';
import { Exit, type CliContext } from '../context.ts';
import { commitOf, gitIn } from '../git.ts';
import { jsonDocument } from '../output/json.ts';
import { renderFileError } from '../output/problem.ts';
import { planMarkdown, planTable, type ShownPlan } from '../output/plan.ts';
import { withResource, type ResourceOptions } from '../options.ts';
import { findRepository } from '../repository.ts';
import { connect } from '../target.ts';
import type { RegisterCommand } from './command.ts';

interface PlanOptions extends ResourceOptions {
  readonly repository?: string;
  readonly ref?: string;
  readonly from?: string;
  readonly to?: string;
  readonly repo?: string;
  readonly path?: string;
  readonly markdown?: boolean;
}

/** Exit codes for scripts: nothing to do, errors, changes. */
const NOTHING = 0;
const ERRORS = 1;
const CHANGES = 2;

export const registerPlan: RegisterCommand = (program, context) => {
  withResource(
    program
      .command('plan')
      .description(`Show what would change. Exit code ${NOTHING}: nothing, ${CHANGES}: changes, ${ERRORS}: errors`)
      .argument('[files...]', 'resource files to compare with what is live, or - for standard input')
      .option('--repository <name>', 'a repository of the server to compare with what is live')
      .option('--ref <ref>', 'its commit, branch or tag; its own branch when left out')
      .option(
        '--from <ref>',
        'without a server: the revision to start from: branch, tag, commit; in a folder also HEAD~1 and the like',
      )
      .option('--to <ref>', 'without a server: the revision to end at')
      .option(
        '--repo <path>',
        'without a server: the Git repository, a folder or a URL; the current folder when left out',
      )
      .option('--path <folder>', 'without a server: only files below this folder of the repository')
      .option('--markdown', 'Markdown, for the comment of a pull request'),
  ).action(async (files: readonly string[], options: PlanOptions) => {
    const plan = await makePlan(files, options, context);
    const { out } = context.terminal;
    if (options.json === true) out(jsonDocument(plan));
    else out(options.markdown === true ? planMarkdown(plan) : planTable(plan, context));
    if (plan.errors.length > 0) throw new Exit(ERRORS);
    if (plan.changes.length > 0) throw new Exit(CHANGES);
  });
};

async function makePlan(files: readonly string[], options: PlanOptions, context: CliContext): Promise<ShownPlan> {
  const { from, to, repository, ref, workspace } = options;
  if (from !== undefined || to !== undefined) {
    if (from === undefined || to === undefined) throw wrong('--from and --to belong together');
    if (files.length > 0 || repository !== undefined) throw wrong('--from and --to need no files and no --repository');
    return planRevisions(from, to, options, context);
  }
  if (files.length > 0 && (repository ?? ref) !== undefined) throw wrong('give either files or --repository');
  const documents = files.length === 0 ? null : await readDocuments(files, context);
  const client = connect(context, options);
  if (documents !== null) return client.postDocuments<ShownPlan>('/v1/plan', documents, { workspace });
  const { id } = await findRepository(client, repository, workspace);
  return client.post<ShownPlan>('/v1/plan', { repository: id, ...(ref === undefined ? {} : { ref }) });
}

async function planRevisions(from: string, to: string, options: PlanOptions, context: CliContext): Promise<ShownPlan> {
  const { planBetween } = await import('../../controller/sync/plan-revisions.ts');
  const { inheritedEnvironment } = await import('../../controller/git/git.ts');
  const { planView } = await import('../../api/views/plan.ts');
  const { repo = '.', path } = options;
  const local = /:\/\/|^[^/]+@[^/]+:/.test(repo) ? null : gitIn(resolve(context.cwd, repo), context.signal);
  const plan = await planBetween({
    // Git finds the repository from any folder in it, and knows more ways to name a revision than a remote does.
    repo: local === null ? repo : await local('rev-parse', '--show-toplevel'),
    from: local === null ? from : await commitOf(local, from),
    to: local === null ? to : await commitOf(local, to),
    ...(path === undefined ? {} : { path }),
    inherit: inheritedEnvironment(context.env.all),
    signal: context.signal,
  });
  return planView(plan);
}

/** All files as one text of several documents. Checked here first: the server would count lines from the first file on. */
async function readDocuments(paths: readonly string[], context: CliContext): Promise<string> {
  const { inspectFile } = await import('../../controller/sync/inspect.ts');
  const { readDeclarations } = await import('../declarations.ts');
  const documents: string[] = [];
  let failed = false;
  for await (const { name, bytes } of readDeclarations(paths, context)) {
    for (const error of inspectFile(bytes, name).findings.errors) {
      context.terminal.err(renderFileError(error, context.style));
      failed = true;
    }
    documents.push(
      Buffer.from(bytes)
        .toString('utf8')
        .replace(/^\uFEFF/, ''),
    );
  }
  if (failed) throw new Exit(ERRORS);
  return documents.join('\n---\n');
}

function wrong(message: string): HeadgateError {
  return new HeadgateError('invalid_request', message, { hint: 'see `headgate plan --help`' });
}
