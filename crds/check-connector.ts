import type { ConnectorAction, ConnectorSpec, ConnectorStream, SettingField } from './connector.ts';
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
      checkField(field, `/spec/settings${toPointer([name])}`),
    ),
    ...(spec.streams ?? []).flatMap((stream, index) => checkStream(stream, `/spec/streams/${index}`)),
    ...(spec.actions ?? []).flatMap((action, index) => checkAction(action, `/spec/actions/${index}`)),
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

function checkField(field: SettingField, pointer: string): Problem[] {
  const { type = 'string', default: fallback, secret, required } = field;
  const problems: Problem[] = [];
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

function checkStream({ method = 'GET', body, pagination, incremental }: ConnectorStream, pointer: string): Problem[] {
  if (method === 'POST') return [];
  const problems: Problem[] = [];
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
  const { encoding = 'json', batch, body } = action;
  const problems: Problem[] = [];
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

const REFERENCE = /\$\{(env|file|secret|var):[^}]*\}/;

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
