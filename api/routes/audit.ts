import { Type } from 'typebox';
import { Strict } from '../../crds/common.ts';
import { askedWorkspace } from '../access/find.ts';
import { cursorQuery, windowOf } from '../paging/page.ts';
import { route, type Route } from '../route.ts';
import { AuditView, auditView } from '../views/audit.ts';
import { epochOf } from '../views/common.ts';
import { TimeFilter, WorkspaceFilter } from './schemas.ts';

const Text = (description: string, example: string) =>
  Type.Optional(Type.String({ description, minLength: 1, maxLength: 300, examples: [example] }));

const list = route({
  id: 'listAudit',
  method: 'GET',
  path: '/audit',
  scope: 'admin',
  tag: 'Tokens',
  summary: 'List who changed what',
  description:
    'Newest first: every request for a change by a known token, done or refused, but for the events that were sent; and what commands changed in the store itself. Never what was sent. A token for some workspaces sees what was done in those.',
  query: Strict({
    actor: Text('Id or name of the token.', 'ci'),
    action: Text('The operation.', 'updatePipeline'),
    resource: Text('This resource and what is below it; `pipelines` is all of them.', 'pipelines/orders'),
    workspace: WorkspaceFilter,
    from: TimeFilter('At or after.'),
    to: TimeFilter('Before.'),
    ...cursorQuery,
  }),
  answer: { form: 'list', schema: AuditView, total: false },
  examples: [{ title: 'What was done to one pipeline', path: '/audit?resource=pipelines/orders&limit=5' }],
  handler: async ({ query, caller }, deps) => {
    const { limit, cursor: given, workspace, from, to, ...what } = query;
    const asked = askedWorkspace(caller, workspace);
    const workspaces = asked === undefined ? caller.workspaces : [asked];
    const window = windowOf({
      ...(limit === undefined ? {} : { limit }),
      ...(given === undefined ? {} : { cursor: given }),
    });
    const cursor = window.by === 'cursor' ? window.cursor : null;
    const bound = { ...what, workspaces, from, to };
    const behind = cursor === null ? null : deps.cursors.decode('audit', bound, cursor);
    const found = await deps.store.audit.list({
      ...what,
      ...(workspaces === null ? {} : { workspaces }),
      ...(from === undefined ? {} : { from: epochOf(from) }),
      ...(to === undefined ? {} : { to: epochOf(to) }),
      ...(behind === null ? {} : { after: { at: Number(behind['at']), id: String(behind['id']) } }),
      limit: window.limit + 1,
    });
    const shown = found.slice(0, window.limit);
    const last = shown.at(-1);
    const more = found.length > shown.length && last !== undefined;
    return {
      items: shown.map(auditView),
      total: null,
      nextCursor: more ? deps.cursors.encode('audit', bound, { at: last.at, id: last.id }) : null,
      window,
    };
  },
});

export const auditRoutes: readonly Route[] = [list];
