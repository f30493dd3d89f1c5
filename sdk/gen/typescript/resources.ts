import type { Field, Method, Resource, Sdk, Type } from '../model.ts';
import { camel, pascal } from '../names.ts';
import { paramsOf, requiredOf, type Params } from '../params.ts';
import type { Shapes } from '../shapes.ts';
import { GENERATED } from '../text.ts';
import { unionOf } from '../read/types.ts';
import { comment, fieldLine, methodComment, typeText } from './models.ts';
import { shapeText } from './shapes.ts';

/** What callers of lists give beside the filters. */
const PAGING: readonly [string, string][] = [
  ['limit', 'Items at most, of all pages together; all when left out.'],
  ['pageSize', 'Items of one request.'],
  ['cursor', 'Where to begin: `nextCursor` of a page.'],
];

export function resourcesFile(sdk: Sdk, shapes: Shapes): string {
  const classes = sdk.resources.map((resource) => classText(resource, shapes));
  const fields = sdk.resources.map(({ name }) => `  readonly ${camel(name)}: ${pascal(name)};\n`);
  const made = sdk.resources.map(({ name }) => `    this.${camel(name)} = new ${pascal(name)}(transport);\n`);
  return `// ${GENERATED}
import type { List } from '../list.ts';
import type { Operation } from '../operation.ts';
import type { RequestOptions, StreamOptions } from '../options.ts';
import type { ServerEvent } from '../stream.ts';
import type { Transport } from '../transport.ts';
import type * as models from './models.gen.ts';

/** Of the API that this was made for. */
export const API_VERSION = '${sdk.version}';
${classes.join('')}
/** All resources of the API. */
export class Resources {
${fields.join('')}
  constructor(transport: Transport) {
${made.join('')}  }
}
`;
}

function classText(resource: Resource, shapes: Shapes): string {
  const name = pascal(resource.name);
  const constants = resource.methods.map((method) => operationText(method, shapes));
  const params = resource.methods.map((method) => paramsText(method));
  const methods = resource.methods.map((method) => methodText(method));
  return `${params.join('')}${constants.join('')}
export class ${name} {
  protected readonly transport: Transport;

  constructor(transport: Transport) {
    this.transport = transport;
  }
${methods.join('')}}
`;
}

const nameIn = (method: Method): Params => paramsOf(method, camel);

function isEmpty(method: Method, { query, headers, body, open }: Params): boolean {
  return method.paging === null && query.size + headers.size + body.size === 0 && !open;
}

function paramsText(method: Method): string {
  const params = nameIn(method);
  if (isEmpty(method, params)) return '';
  const required = new Set(requiredOf(method, params));
  const lines = [...params.query, ...params.headers, ...params.body].map(([name, field]) =>
    line(name, field, required.has(name)),
  );
  if (method.paging !== null && method.paging.in !== 'none') {
    for (const [name, description] of PAGING) {
      const kind = name === 'cursor' ? 'string' : 'integer';
      lines.push(line(name, { type: { kind }, description }, false));
    }
  }
  if (params.open)
    lines.push(`${comment('Anything else of the body, as it is on the wire.', '  ')}  [name: string]: unknown;\n`);
  return `\nexport interface ${method.id}Params {\n${lines.join('')}}\n`;
}

function line(name: string, field: Pick<Field, 'type' | 'description'>, required: boolean): string {
  return qualified(fieldLine(name, field, required));
}

/** Model names of a type's text get the name of their module before them. */
function qualified(text: string): string {
  const at = text.lastIndexOf('*/\n') + 1;
  const start = text.indexOf(': ', at);
  return (
    text.slice(0, start) +
    text
      .slice(start)
      .replaceAll(/(?<!['\w])([A-Z]\w*)(?!['\w])/g, (name) => (name === 'Record' ? name : `models.${name}`))
  );
}

const typeOf = (type: Type): string => qualified(`: ${typeText(type)}`).slice(2);

function answerType({ answer }: Method): string {
  if (answer.form === 'raw') return 'Response';
  const types = Object.values(answer.byStatus);
  return types.length === 0 ? 'void' : typeOf(unionOf(types));
}

const constantName = (method: Method): string => camel(`${method.id}Operation`);

function operationText(method: Method, shapes: Shapes): string {
  const params = nameIn(method);
  const table = (fields: ReadonlyMap<string, Field>): string =>
    `[${[...fields]
      .map(([name, { wire, type }]) => {
        const shape = shapes.of(type);
        return `['${wire}', '${name}'${shape === null ? '' : `, ${shapeText(shape)}`}]`;
      })
      .join(', ')}]`;
  const shaped = (type: Type): string => {
    const shape = shapes.of(type);
    return shape === null ? 'null' : shapeText(shape);
  };
  const { body, answer, paging, events } = method;
  const lines = [
    `method: '${method.http.method}'`,
    `path: '${method.http.path}'`,
    ...(params.query.size === 0 ? [] : [`query: ${table(params.query)}`]),
    ...(params.headers.size === 0 ? [] : [`headers: ${table(params.headers)}`]),
    ...(body === null
      ? []
      : [body.fields === null ? `body: { whole: ${shaped(body.type)} }` : `body: { fields: ${table(params.body)} }`]),
    ...(answer.form === 'json'
      ? Object.entries(answer.byStatus).length === 0
        ? []
        : [
            `answers: { ${Object.entries(answer.byStatus)
              .map(([status, type]) => `${status}: ${shaped(type)}`)
              .join(', ')} }`,
          ]
      : []),
    ...(paging === null ? [] : [`paging: '${paging.in}'`, `item: ${shaped(paging.item)}`]),
    ...(events === null
      ? []
      : [
          `events: { ${Object.entries(events)
            .map(([name, type]) => `${name}: ${shaped(type)}`)
            .join(', ')} }`,
        ]),
    ...(method.idempotencyKey ? ['idempotencyKey: true'] : []),
  ];
  return `\nconst ${constantName(method)}: Operation = {\n${lines.map((text) => `  ${text},\n`).join('')}};\n`;
}

function methodText(method: Method): string {
  const name = camel(method.name);
  const params = nameIn(method);
  const path = method.path.map(({ wire }) => camel(wire));
  const inPath = path.map((part) => `${part}: string`);
  const whole = method.body?.fields === null;
  const given = [
    ...inPath,
    ...(whole ? [`body: ${typeOf(method.body.type)}`] : []),
    ...(isEmpty(method, params)
      ? []
      : [`params: ${method.id}Params${requiredOf(method, params).length > 0 ? '' : ' = {}'}`]),
  ];
  const call = [constantName(method), `[${path.join(', ')}]`, isEmpty(method, params) ? '{}' : 'params'];
  const signature = (options: string): string => [...given, `options: ${options} = {}`].join(', ');
  const doc = methodComment(method);
  const inStream = `Omit<${method.id}Params, 'limit' | 'pageSize' | 'cursor'>`;
  const streamed = signature('StreamOptions').replace(
    `${method.id}Params`,
    method.paging === null ? `${method.id}Params` : inStream,
  );
  const stream = method.events === null ? '' : streamText(method, doc, streamed, call);
  if (method.paging !== null) {
    const item = typeOf(method.paging.item);
    return `\n${doc}  ${name}(${signature('RequestOptions')}): List<${item}> {\n    return this.transport.list<${item}>(${call.join(', ')}, options);\n  }\n${stream}`;
  }
  const answer = answerType(method);
  const does = method.answer.form === 'raw' ? 'fetchRaw' : `call<${answer}>`;
  const body = whole ? ', body' : '';
  return `\n${doc}  ${name}(${signature('RequestOptions')}): Promise<${answer}> {\n    return this.transport.${does}(${call.join(', ')}, options${body});\n  }\n${stream}`;
}

/** The live form: `stream` of a list, `streamLogs` of `logs`. */
function streamText(method: Method, doc: string, signature: string, call: readonly string[]): string {
  const name = method.name === 'list' ? 'stream' : camel(`stream_${method.name}`);
  const events = Object.entries(method.events!).map(([event, type]) => `ServerEvent<'${event}', ${typeOf(type)}>`);
  const type = events.join(' | ');
  return `\n${doc.replace('/** ', '/** Live: ').replace('/**\n   * ', '/**\n   * Live: ')}  ${name}(${signature}): AsyncIterableIterator<${type}> {\n    return this.transport.stream<${type}>(${call.join(', ')}, options);\n  }\n`;
}
