import type { ErrorObject } from 'ajv';
import { PATTERN_WORDS } from './common.ts';
import type { Problem } from './issues.ts';
import { nearest } from './nearest.ts';
import { toPointer } from './pointer.ts';

/** The JSON Schema name of a value's type. */
export function typeName(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  object: 'a map',
  array: 'a list',
  string: 'a string',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
};

/** What one error of ajv means to the author of the resource. Values are never shown: one may be a secret. */
export function toProblem(error: ErrorObject): Problem {
  const params = error.params as Record<string, unknown>;
  const pointer = error.instancePath;
  const value = (message: string, hint?: string): Problem => ({
    pointer,
    message,
    side: 'value',
    ...(hint === undefined ? {} : { hint }),
  });
  switch (error.keyword) {
    case 'required':
      return { pointer: pointer + toPointer([String(params['missingProperty'])]), message: 'is missing', side: 'key' };
    case 'additionalProperties':
      return unknownField(error, String(params['additionalProperty']));
    case 'propertyNames':
      return {
        pointer: pointer + toPointer([String(params['propertyName'])]),
        message: `the name ${patternWords((error.schema as { pattern: string }).pattern)}`,
        side: 'key',
      };
    case 'type':
      return wrongType(error, [String(params['type'])]);
    case 'anyOf':
      return wrongType(
        error,
        (error.schema as readonly { type: string }[]).map((branch) => branch.type),
      );
    case 'enum':
      return notOneOf(error, params['allowedValues'] as readonly string[]);
    case 'pattern':
      return value(patternWords(String(params['pattern'])));
    case 'maxProperties':
      return tooManyKeys(error);
    case 'minProperties':
      return value(isTransform(error) ? `is empty: say one of ${knownFields(error)}` : 'must not be empty');
    default:
      return value(limitWords(error.keyword, Number(params['limit'])) ?? error.message ?? 'is not valid');
  }
}

function patternWords(pattern: string): string {
  return PATTERN_WORDS[pattern] ?? `must match ${pattern}`;
}

function limitWords(keyword: string, limit: number): string | undefined {
  switch (keyword) {
    case 'minimum':
      return `must be ${limit} or more`;
    case 'maximum':
      return `must be ${limit} or less`;
    case 'minLength':
      return limit === 1 ? 'must not be empty' : `must have ${limit} characters or more`;
    case 'maxLength':
      return `must have ${limit} characters or less`;
    case 'minItems':
      return limit === 1 ? 'must not be empty' : `must have ${limit} items or more`;
    case 'maxItems':
      return `must have ${limit} items or less`;
    default:
      return undefined;
  }
}

function wrongType(error: ErrorObject, expected: readonly string[]): Problem {
  const words = expected.map((type) => TYPE_WORDS[type] ?? type).join(' or ');
  const actual = typeName(error.data);
  if (actual === 'null') {
    const isCut = error.instancePath.endsWith(')');
    return {
      pointer: error.instancePath,
      message: `must be ${words}, but nothing stands there`,
      side: 'key',
      hint: isCut
        ? 'inside { } a comma ends a value: put quotes around it, as in {amount: "decimal(12,2)"}'
        : 'give a value, or remove the line',
    };
  }
  const needsQuotes = expected.includes('string') && (actual === 'number' || actual === 'boolean');
  if (actual === 'number' && expected.includes('integer')) {
    return { pointer: error.instancePath, message: `must be ${words}`, side: 'value' };
  }
  return {
    pointer: error.instancePath,
    message: `must be ${words}, not ${actual === 'boolean' ? 'a boolean' : (TYPE_WORDS[actual] ?? actual)}`,
    side: 'value',
    ...(needsQuotes ? { hint: 'put quotes around it' } : {}),
  };
}

function notOneOf(error: ErrorObject, allowed: readonly string[]): Problem {
  const list = `must be one of ${allowed.join(', ')}`;
  const near = typeof error.data === 'string' ? nearest(error.data, allowed) : undefined;
  return {
    pointer: error.instancePath,
    message: near === undefined ? list : `${list} (did you mean '${near}'?)`,
    side: 'value',
  };
}

function unknownField(error: ErrorObject, name: string): Problem {
  const near = nearest(name, fieldsOf(error));
  const what = isTransform(error) ? 'unknown transform' : 'unknown field';
  return {
    pointer: error.instancePath + toPointer([name]),
    message: near === undefined ? `${what}; known are ${knownFields(error)}` : `${what} (did you mean '${near}'?)`,
    side: 'key',
  };
}

function tooManyKeys(error: ErrorObject): Problem {
  const keys = Object.keys(error.data as object);
  if (!isTransform(error)) {
    return { pointer: error.instancePath, message: `must have ${String(error.schema)} keys or less`, side: 'value' };
  }
  return {
    pointer: error.instancePath + toPointer([keys[1]!]),
    message: `a transform has one key, but this one has ${keys.join(' and ')}`,
    side: 'key',
    hint: 'make each a list item of its own, in the order in which they are to be applied',
  };
}

/** The fields that the object at fault may have. */
export function fieldsOf(error: ErrorObject): string[] {
  return Object.keys((error.parentSchema?.['properties'] as object | undefined) ?? {});
}

function knownFields(error: ErrorObject): string {
  const fields = fieldsOf(error);
  return fields.length === 0 ? 'none' : fields.join(', ');
}

/** The schema of a transform is the only one that allows exactly one of its fields. */
function isTransform(error: ErrorObject): boolean {
  return error.parentSchema?.['maxProperties'] === 1;
}
