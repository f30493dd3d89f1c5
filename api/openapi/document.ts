import { ERROR_CODES } from '../../foundation/errors.ts';
import type { Presenter } from '../presenters/presenter.ts';
import { pathsOf, type Route } from '../route.ts';
import { ProblemView } from '../views/problem.ts';
import { createComponents, type JsonSchema } from './components.ts';
import { operationOf } from './operation.ts';

const TAGS: Readonly<Record<string, string>> = {
  Pipelines: 'What moves data: sources, transforms, destinations and a schedule, declared in Git.',
  Runs: 'Executions of batch pipelines.',
  Events: 'What stream pipelines take in and deliver: each event is kept until it is delivered, and can be looked at.',
  Integrations: 'Connections, which pipelines read from and write to, and the catalogue they are made from.',
  Repositories: 'The Git repositories that resources come from, their syncs, and what a sync would change.',
  Secrets: 'Values that pipelines refer to, sealed in the store and shown to nobody.',
  Tokens: 'Who may use this API.',
  System: 'Health, version, metrics and this description.',
};

/**
 * The OpenAPI 3.1 document of all routes under all prefixes. `x-alias-of` of an operation is the operationId of the one
 * that does the same under the first path of the first prefix.
 */
export function openApiDocument(
  routes: readonly Route[],
  presenters: readonly Presenter[],
  version: string,
): JsonSchema {
  const components = createComponents();
  components.reference(ProblemView);
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const route of routes) {
    presenters.forEach((presenter, at) => {
      if (route.root === true && at > 0) return;
      const prefix = route.root === true ? '' : presenter.prefix;
      pathsOf(route).forEach((path, alias) => {
        const id = `${route.id}${at === 0 ? '' : `_${prefix.replaceAll('/', '')}`}${alias === 0 ? '' : `_${alias + 1}`}`;
        const operation = operationOf(route, path, id, presenter, components);
        const first = `${route.method} ${presenters[0]!.prefix}${route.path}`;
        const note =
          at === 0 && alias === 0
            ? {}
            : {
                description: `The same as ${first}${at === 0 ? '' : `, in the form of \`${prefix}\``}.`,
                'x-alias-of': route.id,
              };
        (paths[`${prefix}${path}`] ??= {})[route.method.toLowerCase()] = { ...operation, ...note };
      });
    });
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Headgate',
      version,
      description:
        'The HTTP API of Headgate, a GitOps controller for data pipelines. Bodies may be JSON or YAML; times are RFC 3339 in UTC; errors are RFC 9457 problem details.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    'x-error-codes': Object.fromEntries(
      Object.entries(ERROR_CODES).map(([code, { status, title }]) => [code, { status, title }]),
    ),
    components: {
      schemas: components.schemas,
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: '`Authorization: Bearer hg_<environment>_<random>`' },
      },
    },
  };
}
