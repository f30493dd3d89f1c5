import { Type } from 'typebox';
import { HeadgateError, ERROR_CODES, type ErrorCodeName } from '../../foundation/errors.ts';
import { docsPage } from '../docs/page.ts';
import { errorPage } from '../docs/error-page.ts';
import { openApiDocument } from '../openapi/document.ts';
import type { Presenter } from '../presenters/presenter.ts';
import { Reply, route, type Route } from '../route.ts';

const shared = { method: 'GET', root: true, scope: null, tag: 'System' } as const;
const HTML = { 'text/html': 'The page.' };

/** The routes that describe the others, and themselves. What they answer with is made at the first request. */
export function descriptionRoutes(
  others: readonly Route[],
  presenters: readonly Presenter[],
  version: string,
): readonly Route[] {
  const document = once(() => openApiDocument([...others, ...routes], presenters, version));
  const json = once(() => JSON.stringify(document()));
  const page = once(() => docsPage(document()));

  const openapi = route({
    ...shared,
    id: 'openapi',
    path: '/openapi.json',
    summary: 'This API as OpenAPI 3.1',
    answer: { form: 'raw', content: { 'application/json': 'The document.' } },
    handler: () => new Reply('application/json', json(), { headers: { 'Cache-Control': 'no-cache' } }),
  });
  const docs = route({
    ...shared,
    id: 'docs',
    path: '/docs',
    summary: 'This API as a page to read and try',
    answer: { form: 'raw', content: HTML },
    handler: () => new Reply('text/html; charset=utf-8', page().html, { headers: page().headers }),
  });
  const errors = route({
    ...shared,
    id: 'errorDocs',
    path: '/docs/errors/{code}',
    summary: 'What an error code means',
    params: Type.Object({ code: Type.String({ description: 'A code of the registry.', minLength: 1, maxLength: 64 }) }),
    answer: { form: 'raw', content: HTML },
    errors: ['not_found'],
    examples: [{ title: 'One code', path: '/docs/errors/not_found' }],
    handler: ({ params }) => {
      if (!Object.hasOwn(ERROR_CODES, params.code)) {
        throw new HeadgateError('not_found', `there is no error code '${params.code.slice(0, 64)}'`);
      }
      const { html, headers } = errorPage(params.code as ErrorCodeName);
      return new Reply('text/html; charset=utf-8', html, { headers });
    },
  });
  const home = route({
    ...shared,
    id: 'home',
    path: '/',
    summary: 'Leads to the docs',
    answer: { form: 'raw', content: { 'text/plain': 'Where to go.' }, status: 302 },
    handler: () => new Reply('text/plain', 'see /docs\n', { status: 302, headers: { Location: '/docs' } }),
  });
  const routes: readonly Route[] = [openapi, docs, errors, home];
  return routes;
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
