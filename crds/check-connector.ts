import type { ConnectorAction, ConnectorSpec, ConnectorStream, SettingField } from './connector.ts';
import { checkAuth, REFERENCE } from './check-connector-auth.ts';
import type { Problem } from './issues.ts';
import { toPointer } from './pointer.ts';
import { keyProblem, valueProblem } from './problems.ts';

/** What no schema can say about a manifest. Expressions are looked at where they can be compiled. */
export function checkConnector(spec: ConnectorSpec): Problem[] {
  return [
    ...checkFaces(spec),
    ...checkNames(spec.streams ?? [], '/spec/streams'),
    ...checkNames(spec.actions ?? [], '/spec/actions'),
    ...Object.entries(spec.settings ?? {}).flatMap(([name, field]) =>
      checkField(name, field, `/spec/settings${toPointer([name])}`),
    ),
    ...(spec.streams ?? []).flatMap((stream, index) => checkStream(stream, `/spec/streams/${index}`)),
    ...(spec.actions ?? []).flatMap((action, index) => checkAction(action, `/spec/actions/${index}`)),
    ...checkCheck(spec),
    ...checkAuth(spec),
    ...checkHeaders(spec.headers, '/spec/headers'),
    ...checkReferences(spec, '/spec'),
  ];
}

function checkFaces({ streams = [], actions = [] }: ConnectorSpec): Problem[] {
  if (streams.length + actions.length > 0) return [];
  return [keyProblem('/spec/streams', 'is missing: a connector needs streams to read, or actions to write')];
}

function checkNames(items: readonly { readonly name: string }[], pointer: string): Problem[] {
  const names = items.map(({ name }) => name);
  return names.flatMap((name, index) => {
    const first = names.indexOf(name);
    if (first === index) return [];
    return [valueProblem(`${pointer}/${index}/name`, `'${name}' is already the name of the one at ${first}`)];
  });
}

/** What every connector has, whatever its manifest says; `baseUrl` may be described. */
const COMMON = ['connectTimeout', 'timeout', 'limits'];

function checkField(name: string, field: SettingField, pointer: string): Problem[] {
  const { type = 'string', default: fallback, secret, required } = field;
  const problems: Problem[] = [];
  if (COMMON.includes(name)) problems.push(keyProblem(pointer, 'every connector has this setting: leave it out'));
  if (secret === true && field.enum !== undefined) {
    problems.push(keyProblem(`${pointer}/enum`, 'a secret is none of a few known values'));
  }
  if (secret === true && type !== 'string') {
    problems.push(valueProblem(`${pointer}/type`, 'a secret is a string'));
  }
  if (secret === true && fallback !== undefined) {
    problems.push(
      valueProblem(`${pointer}/default`, 'a secret has no default: it would stay in Git for ever', {
        code: 'literal_secret',
        hint: 'leave it out, and let each connection name a reference',
      }),
    );
  } else if (fallback !== undefined && !fits(fallback, field)) {
    problems.push(valueProblem(`${pointer}/default`, 'is not a value that the setting may have'));
  }
  if (required === true && fallback !== undefined) {
    problems.push(keyProblem(`${pointer}/required`, 'a setting with a default need not be given: keep one of the two'));
  }
  if (field.enum !== undefined && type !== 'string') {
    problems.push(valueProblem(`${pointer}/enum`, 'is for strings'));
  }
  return problems;
}

function fits(
  value: string | number | boolean,
  { type = 'string', enum: allowed, minimum, maximum }: SettingField,
): boolean {
  switch (type) {
    case 'string':
      return typeof value === 'string' && (allowed === undefined || allowed.includes(value));
    case 'boolean':
      return typeof value === 'boolean';
    case 'integer':
    case 'number': {
      if (typeof value !== 'number' || (type === 'integer' && !Number.isInteger(value))) return false;
      return value >= (minimum ?? -Infinity) && value <= (maximum ?? Infinity);
    }
    default:
      return false;
  }
}

function checkStream(stream: ConnectorStream, pointer: string): Problem[] {
  const { method = 'GET', body, headers, pagination, incremental } = stream;
  const problems = checkHeaders(headers, `${pointer}/headers`);
  if (method === 'POST') return problems;
  if (body !== undefined) problems.push(keyProblem(`${pointer}/body`, 'a body needs method: POST'));
  for (const [kind, settings] of Object.entries(pagination ?? {})) {
    if (settings !== undefined && 'in' in settings && settings.in === 'body') {
      problems.push(valueProblem(`${pointer}/pagination/${kind}/in`, 'parameters in the body need method: POST'));
    }
  }
  if (incremental?.in === 'body') {
    problems.push(valueProblem(`${pointer}/incremental/in`, 'parameters in the body need method: POST'));
  }
  return problems;
}

function checkAction(action: ConnectorAction, pointer: string): Problem[] {
  const { encoding = 'json', batch, body, headers, idempotencyHeader } = action;
  const problems = checkHeaders(headers, `${pointer}/headers`);
  if (idempotencyHeader !== undefined && !HEADER_NAME.test(idempotencyHeader)) {
    problems.push(valueProblem(`${pointer}/idempotencyHeader`, 'is no name of a header'));
  }
  if (batch !== undefined) problems.push(...checkShared(action, pointer));
  if (encoding === 'none' && body !== undefined) {
    problems.push(keyProblem(`${pointer}/body`, 'encoding: none sends no body: keep one of the two'));
  }
  if ((encoding === 'none' || encoding === 'form') && batch !== undefined) {
    problems.push(keyProblem(`${pointer}/batch`, `encoding: ${encoding} carries one record`, { hint: 'leave it out' }));
  }
  if (encoding === 'ndjson' && batch?.wrap !== undefined) {
    problems.push(keyProblem(`${pointer}/batch/wrap`, 'lines have nothing around them'));
  }
  return problems;
}

/** A batch has one address and one set of headers: no record has a part in them. */
function checkShared({ path, query = {}, headers = {} }: ConnectorAction, pointer: string): Problem[] {
  const texts: readonly (readonly [at: readonly string[], text: string])[] = [
    [['path'], path],
    ...Object.entries(query).map(([name, text]) => [['query', name], text] as const),
    ...Object.entries(headers).map(([name, text]) => [['headers', name], text] as const),
  ];
  return texts
    .filter(([, text]) => /\$\{[^}]*\b(?:record|event)\b/.test(text))
    .map(([at]) => valueProblem(pointer + toPointer(at), 'the records of a batch share it: it can name none of them'));
}

function checkCheck({ check }: ConnectorSpec): Problem[] {
  if (check?.body === undefined || check.method === 'POST') return [];
  return [keyProblem('/spec/check/body', 'a body needs method: POST')];
}

// RFC 9110, 5.1.
const HEADER_NAME = /^[-!#$%&'*+.^_`|~\w]+$/;

function checkHeaders(headers: Readonly<Record<string, string>> = {}, pointer: string): Problem[] {
  return Object.keys(headers)
    .filter((name) => !HEADER_NAME.test(name))
    .map((name) => keyProblem(pointer + toPointer([name]), 'is no name of a header'));
}

/** A manifest is shared by connections: what differs between them, secrets before all, belongs into settings. */
function checkReferences(value: unknown, pointer: string): Problem[] {
  if (typeof value === 'string') {
    if (!REFERENCE.test(value)) return [];
    return [
      valueProblem(pointer, 'a manifest holds no references', {
        hint: 'declare a setting, use ${settings.name}, and write the reference where a connection sets it',
      }),
    ];
  }
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, member]) => checkReferences(member, pointer + toPointer([key])));
}
