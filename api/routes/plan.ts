import { Type } from 'typebox';
import { HeadgateError } from '../../foundation/errors.ts';
import { parseRefKey } from '../../foundation/ids.ts';
import { Strict } from '../../crds/common.ts';
import { parseFile } from '../../crds/parse.ts';
import type { Plan } from '../../controller/plan/types.ts';
import type { TokenRecord } from '../../store/ports.ts';
import { askedWorkspace, findResource, lookupWorkspace, maySee, maySeeError } from '../access/find.ts';
import { route, type Route } from '../route.ts';
import { PlanView, planView } from '../views/plan.ts';
import { IdOrName, workspaceQuery } from './schemas.ts';

const plan = route({
  id: 'makePlan',
  sdk: 'repositories.plan',
  method: 'POST',
  path: '/plan',
  scope: 'read',
  tag: 'Repositories',
  summary: 'What would change',
  description:
    'From what is live to a commit of a repository, or to resources sent as YAML or JSON (several documents allowed). Changes nothing. Names fields, never values.',
  query: workspaceQuery,
  body: Strict(
    {
      repository: IdOrName('repository'),
      ref: Type.Optional(
        Type.String({
          description: "A commit, branch or tag; the repository's branch when left out.",
          minLength: 1,
          maxLength: 255,
        }),
      ),
    },
    { title: 'PlanRequest' },
  ),
  documents: true,
  answer: { form: 'object', schema: PlanView },
  errors: ['not_found', 'invalid_yaml', 'invalid_resource', 'git_unreachable', 'git_ref_not_found'],
  examples: [{ title: 'A branch', path: '/plan', body: { repository: 'main', ref: 'feature/new-orders' } }],
  handler: async ({ query, body, documents, caller }, deps) => {
    if (documents !== undefined) {
      const namespace = lookupWorkspace(caller, query.workspace);
      // What is live elsewhere could be guessed by sending it: a plan without changes tells that it is the same.
      for (const { resource } of parseFile(Buffer.from(documents), 'request', { namespace }).documents) {
        askedWorkspace(caller, resource.metadata.namespace);
      }
      return planView(visible(await deps.controller.planDocuments(documents, { namespace }), caller));
    }
    const stored = await findResource(deps, caller, 'Repository', body.repository, query.workspace);
    return planView(visible(await deps.controller.planRevision(stored.id, body.ref), caller));
  },
});

/** A plan names resources: one that reaches into other workspaces is not for a token that may not see them. */
function visible(made: Plan, token: TokenRecord): Plan {
  const hidden = made.changes.find((change) => !maySee(token, parseRefKey(change.resource).namespace));
  if (hidden === undefined) return { ...made, errors: made.errors.filter((error) => maySeeError(token, error)) };
  throw new HeadgateError('forbidden', 'the plan changes resources of workspaces that the token is not for', {
    hint: `it is for: ${(token.workspaces ?? []).join(', ')}`,
  });
}

export const planRoutes: readonly Route[] = [plan];
