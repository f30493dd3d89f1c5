import type { Context, Middleware } from 'koa';
import { Type, type TObject, type TSchema } from 'typebox';
import { HeadgateError } from '../../foundation/errors.ts';
import { formatJson } from '../../store/exact-json.ts';
import type { TokenRecord } from '../../store/ports.ts';
import { recorded } from '../changes/audit.ts';
import { once } from '../changes/once.ts';
import type { RouteDeps } from '../deps.ts';
import type { Presented, Presenter } from '../presenters/presenter.ts';
import { isChange, keepsAnswers, Reply, type Answer, type Route, type RouteRequest, type Written } from '../route.ts';
import type { Page, PageQuery } from '../paging/page.ts';
import { bodyFormat, parseBody, readBytes, readText, requestObject } from './body.ts';
import type { Place, Validate } from './validate.ts';

const NOTHING = Type.Object({}, { additionalProperties: false });

/** The last middleware of a route: reads and checks the input, calls the handler, sends what the presenter makes of it. */
export function createHandler(
  route: Route,
  presenter: Presenter,
  deps: RouteDeps,
  validator: (place: Place, schema: TSchema) => Validate,
): Middleware {
  const checkParams = validator('path', route.params ?? Type.Object({}));
  const checkQuery = validator('query', route.query ?? NOTHING);
  const checkBody = route.body === undefined ? undefined : validator('body', route.body);

  const changes = isChange(route);
  const repeatable = keepsAnswers(route);

  return async (ctx) => {
    const params = { ...(ctx['params'] as Record<string, string>) };
    checkParams(params);
    const query = queryOf(ctx, route.query);
    if (route.answer.form === 'list') fillPaging(query, route.query, presenter.paging);
    checkQuery(query);
    const { body, documents, text } = await bodyOf(ctx, route, deps, checkBody);
    const request: RouteRequest<Record<string, unknown>, Record<string, unknown>> = {
      params,
      query,
      body,
      documents,
      caller: ctx.state['token'] as TokenRecord,
      requestId: String(ctx.state['requestId']),
      href: (path) => `${presenter.prefix}${path}`,
      titled: presenter.titled ?? false,
      header: (name) => ctx.get(name) || undefined,
      setHeader: (name, value) => ctx.set(name, value),
      accepts: (types) => ctx.accepts([...types]) || null,
      raw: { bytes: () => readBytes(ctx.req, deps.limits), address: deps.addressOf(ctx.req) },
      signal: signalOf(ctx),
    };
    const work = async (): Promise<unknown> => {
      const result = await route.handler(request, deps);
      send(ctx, present(result, route, presenter, ctx.url));
      return result;
    };
    const change = changes ? () => recorded(ctx, route, request, deps, work) : work;
    if (repeatable) await once(ctx, text, deps, change);
    else await change();
  };
}

/** Repeated and comma-separated parameters become arrays where the schema wants one, and are an error elsewhere. */
function queryOf(ctx: Context, schema: TObject | undefined): Record<string, unknown> {
  // Without a prototype, so that a parameter called `__proto__` is one like any other.
  const query = Object.create(null) as Record<string, unknown>;
  for (const [name, value] of Object.entries(ctx.query)) {
    const values = Array.isArray(value) ? value : [value ?? ''];
    if (isArraySchema(schema?.properties[name])) query[name] = values.flatMap((text) => text.split(','));
    else if (values.length === 1) query[name] = values[0];
    else throw givenTwice(name.slice(0, 100));
  }
  return query;
}

const PAGING = ['limit', 'cursor', 'offset', 'page', 'per_page'];

/** The prefix's own way of paging, where the client has chosen none and the list knows it. */
function fillPaging(query: Record<string, unknown>, schema: TObject | undefined, paging: PageQuery | undefined): void {
  if (paging === undefined || PAGING.some((name) => query[name] !== undefined)) return;
  const entries = Object.entries(paging);
  if (entries.every(([name]) => schema?.properties[name] !== undefined)) Object.assign(query, paging);
}

function givenTwice(name: string): HeadgateError {
  return new HeadgateError('invalid_request', `the query parameter '${name}' is given more than once`, {
    issues: [{ pointer: `/query/${name}`, message: 'is given more than once' }],
  });
}

function isArraySchema(schema: TSchema | undefined): boolean {
  return schema !== undefined && 'type' in schema && schema.type === 'array';
}

async function bodyOf(
  ctx: Context,
  route: Route,
  deps: RouteDeps,
  check: Validate | undefined,
): Promise<{ body: unknown; documents: string | undefined; text: string }> {
  if (check === undefined) return { body: undefined, documents: undefined, text: '' };
  const text = await readText(ctx.req, deps.limits);
  if (text === null) {
    if (route.bodyOptional === true) return { body: undefined, documents: undefined, text: '' };
    throw new HeadgateError('invalid_request', 'a body is needed', { hint: 'send JSON or YAML' });
  }
  const format = bodyFormat(ctx.get('content-type') || undefined);
  const body = route.documents === true ? requestObject(text, format) : parseBody(text, format);
  if (route.documents === true && body === undefined) return { body: undefined, documents: text, text };
  check(body);
  return { body, documents: undefined, text };
}

function signalOf(ctx: Context): AbortSignal {
  const controller = new AbortController();
  ctx.res.once('close', () => controller.abort(ctx.res.writableFinished ? ANSWERED : gone()));
  return controller.signal;
}

/** Made once: an error with its stack costs as much as a small answer. */
const ANSWERED = new HeadgateError('unavailable', 'the request was answered');
const gone = (): HeadgateError => new HeadgateError('unavailable', 'the client went away');

function present(result: unknown, route: Route, presenter: Presenter, url: string): Presented | Reply {
  if (result instanceof Reply) return result;
  const { answer } = route;
  if (answer.form === 'list') return presenter.list(result as Page<unknown>, route.method === 'GET' ? url : null);
  if (answer.form === 'written' || (answer.form === 'deleted' && answer.written === true)) {
    return presentWritten(result as Written<unknown>, answer, presenter);
  }
  if (answer.form === 'deleted') return presenter.deleted(result as { readonly id: string });
  if (answer.form === 'raw') throw new TypeError(`${route.id} must answer with a Reply`);
  if (answer.form === 'bare') return { status: 200, body: result };
  return presenter.object(result, answer.status ?? 200);
}

function presentWritten(
  { outcome, value }: Written<unknown>,
  answer: Extract<Answer, { form: 'written' | 'deleted' }>,
  presenter: Presenter,
): Presented {
  if (outcome === 'planned') return presenter.object(value, 200);
  if (outcome === 'pending') return presenter.object(value, 202);
  if (answer.form === 'written') return presenter.object(value, answer.status);
  return presenter.deleted(value as { readonly id: string });
}

function send(ctx: Context, answer: Presented | Reply): void {
  ctx.status = answer.status;
  if (answer.headers !== undefined) ctx.set(answer.headers);
  if (answer instanceof Reply) {
    ctx.body = answer.body;
    if (answer.type !== '') ctx.type = answer.type;
  } else if (answer.body !== undefined) {
    ctx.body = formatJson(answer.body);
    ctx.type = 'application/json';
  } else {
    ctx.body = null;
  }
}
