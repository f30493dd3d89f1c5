/** The responses of an operation in the OpenAPI document. */
import { Type, type TSchema } from 'typebox';
import { ERROR_CODES, type ErrorCodeName } from '../../foundation/errors.ts';
import type { Presenter } from '../presenters/presenter.ts';
import { keepsAnswers, type Route } from '../route.ts';
import { PlanView } from '../views/plan.ts';
import { PendingWriteView } from '../views/write.ts';
import type { Components, JsonSchema } from './components.ts';

/** What a route answers when all goes well, by status. */
export function successOf(route: Route, presenter: Presenter, components: Components): JsonSchema {
  const { answer } = route;
  const streams = streamsOf(route, components);
  const json = (schema: TSchema): JsonSchema => ({ 'application/json': { schema: components.reference(schema) } });
  if (answer.form === 'list') {
    const content = {
      ...json(presenter.listSchema(answer.schema, answer.total)),
      ...textContent(answer.also ?? {}, streams),
    };
    const headers = presenter.listHeaders?.(answer.total);
    return { 200: { description: 'The list.', ...(headers === undefined ? {} : { headers }), content } };
  }
  if (answer.form === 'deleted') {
    const { status, schema } = presenter.deletedSchema();
    const gone = { description: 'Gone.', ...(schema === null ? {} : { content: json(schema) }) };
    if (answer.written === true) return writtenOf(status, gone, schema, presenter, components);
    return { [status]: gone };
  }
  if (answer.form === 'written') {
    const schema = presenter.objectSchema(answer.schema);
    const done = { description: 'Done: committed and synced.', content: json(schema) };
    return writtenOf(answer.status, done, schema, presenter, components);
  }
  if (answer.form === 'raw') {
    const content = textContent(answer.content, streams);
    return {
      [answer.status ?? 200]: { description: 'The content.', content },
      ...(answer.part === undefined ? {} : { 206: { description: answer.part, content } }),
      ...(answer.unchanged === undefined ? {} : { 304: { description: answer.unchanged } }),
    };
  }
  const { 200: beside, ...also } = route.direct?.also ?? {};
  const own = answer.form === 'bare' ? answer.schema : presenter.objectSchema(answer.schema);
  const content = {
    ...json(beside === undefined ? own : Type.Union([own, beside.schema])),
    ...textContent((answer.form === 'object' ? answer.also : undefined) ?? {}, streams),
  };
  const status = answer.form === 'object' ? (answer.status ?? 200) : 200;
  const others = Object.entries(also).map(([code, { description, schema }]) => [
    code,
    { description, content: json(schema) },
  ]);
  return { [status]: { description: beside?.description ?? 'Done.', content }, ...Object.fromEntries(others) };
}

/** The answers of a write: `done`, on its way (202), and the plan that `dry_run` asks for (200). */
function writtenOf(
  status: number,
  done: JsonSchema,
  schema: TSchema | null,
  presenter: Presenter,
  components: Components,
): JsonSchema {
  const content = (of: TSchema): JsonSchema => ({ 'application/json': { schema: components.reference(of) } });
  const plan = presenter.objectSchema(PlanView);
  const planned =
    status === 200 && schema !== null
      ? { description: 'Done; or, with `dry_run`, the plan.', content: content(Type.Union([schema, plan])) }
      : { description: 'With `dry_run`: the plan.', content: content(plan) };
  return {
    [status]: done,
    200: planned,
    202: {
      description: 'On its way: a pull request waits for somebody to merge it, or the commit waits for its sync.',
      content: content(presenter.objectSchema(PendingWriteView)),
    },
  };
}

/** What server-sent events hold stands in `$defs`, by the name of the event: OpenAPI 3.1 has no place of its own for it. */
function streamsOf(route: Route, components: Components): JsonSchema {
  const events = Object.entries(route.streams ?? {}).map(([name, schema]) => [name, components.reference(schema)]);
  return events.length === 0 ? {} : { $defs: Object.fromEntries(events) };
}

function textContent(content: Readonly<Record<string, string>>, streams: JsonSchema): JsonSchema {
  return Object.fromEntries(
    Object.entries(content).map(([type, description]) => [
      type,
      {
        schema: {
          ...(type === 'application/json' ? { description } : { type: 'string', description }),
          ...(type === 'text/event-stream' ? streams : {}),
        },
      },
    ]),
  );
}

/** The errors that a route can give: those it names, and those that come from what stands before it. */
function errorCodesOf(route: Route): readonly ErrorCodeName[] {
  const codes: ErrorCodeName[] = ['invalid_request', 'headers_too_large'];
  if (route.scope !== null) codes.push('unauthorized', 'forbidden', 'rate_limited', 'unavailable', 'store_full');
  if (route.body !== undefined || route.raw !== undefined)
    codes.push('request_timeout', 'payload_too_large', 'unsupported_media_type');
  if (keepsAnswers(route)) codes.push('conflict', 'idempotency_key_reused');
  return [...new Set([...codes, ...(route.errors ?? []), 'internal' as const])];
}

/** The errors of a route, by status. */
export function problemsOf(route: Route): JsonSchema {
  const byStatus = Map.groupBy(errorCodesOf(route), (code) => ERROR_CODES[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      {
        description: codes.map((code) => `\`${code}\`: ${ERROR_CODES[code].meaning}`).join(' '),
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ]),
  );
}
