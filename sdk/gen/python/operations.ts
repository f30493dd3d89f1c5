import type { Field, Method, Type } from '../model.ts';
import { snake } from '../names.ts';
import type { Shapes } from '../shapes.ts';
import { pythonParams } from './names.ts';
import { isNullable, shapeText } from './types.ts';

export const operationName = (method: Method): string => `_${snake(method.id).toUpperCase()}`;

/** The request of a method as a constant. */
export function operationText(method: Method, sent: Shapes, answered: Shapes): string {
  const params = pythonParams(method);
  const table = (fields: ReadonlyMap<string, Field>): string =>
    `{${[...fields].map(([name, { wire, type }]) => `"${name}": ("${wire}", ${shapeText(sent.of(type))})`).join(', ')}}`;
  const shaped = (types: Readonly<Record<string, Type>>, quote: string): string =>
    `{${Object.entries(types)
      .map(([key, type]) => `${quote}${key}${quote}: ${shapeText(answered.of(type))}`)
      .join(', ')}}`;
  const nullable = [...params.body].filter(([, { type }]) => isNullable(type)).map(([name]) => `"${name}"`);
  const { body, answer, paging, events } = method;
  const lines = [
    `method="${method.http.method}"`,
    `path="${method.http.path}"`,
    ...(params.query.size === 0 ? [] : [`query=${table(params.query)}`]),
    ...(params.headers.size === 0 ? [] : [`headers=${table(params.headers)}`]),
    ...(body === null
      ? []
      : body.fields === null
        ? [`whole=True`, `whole_shape=${shapeText(sent.of(body.type))}`]
        : [`body=${table(params.body)}`]),
    ...(answer.form === 'json' && Object.keys(answer.byStatus).length > 0
      ? [`answers=${shaped(answer.byStatus, '')}`]
      : []),
    ...(nullable.length === 0 ? [] : [`nullable=frozenset({${nullable.join(', ')}})`]),
    ...(paging === null ? [] : [`paging="${paging.in}"`, `item=${shapeText(answered.of(paging.item))}`]),
    ...(events === null ? [] : [`events=${shaped(events, '"')}`]),
    ...(method.idempotencyKey ? ['idempotency_key=True'] : []),
  ];
  return `${operationName(method)} = Operation(\n${lines.map((line) => `    ${line},\n`).join('')})\n`;
}
