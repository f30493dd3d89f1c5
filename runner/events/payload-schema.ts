/** JSON Schemas of payloads. They come from Git and can be trusted, but payloads cannot: no check may take long for a short text. */
import { Ajv, type ErrorObject, type Options, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { HeadgateError, messageOf } from '../../foundation/errors.ts';
import { compilePattern } from '../cel/regex/index.ts';
import { canonical } from '../transforms/seen-keys.ts';

/** Of the text of one schema, in characters. */
export const MAX_SCHEMA_TEXT = 65_536;
/** Of a JSON pointer in a message, in characters: names in a payload may be long. */
const MAX_POINTER = 200;

/** What a payload has against it: a JSON pointer and what is wrong there, never a value. */
export interface Mismatch {
  readonly pointer: string;
  readonly message: string;
}

/**
 * Compiles a schema of draft 2020-12, or of draft-07 where `$schema` names that. Formats are checked; `$ref` reaches into the
 * schema itself only; patterns are those of RE2, which take time in proportion to the text. Throws `invalid_settings`.
 */
export function compileSchema(schema: Readonly<Record<string, unknown>>): (payload: unknown) => Mismatch | null {
  if (JSON.stringify(schema).length > MAX_SCHEMA_TEXT) {
    throw new HeadgateError('invalid_settings', `the schema is longer than ${MAX_SCHEMA_TEXT} characters`);
  }
  if (schema['$async'] !== undefined) throw new HeadgateError('invalid_settings', '`$async` is not supported');
  const validate = compile(schema);
  return (payload) => {
    try {
      if (validate(plainNumbers(payload))) return null;
    } catch (error) {
      // The stack is the only thing that a payload can use up.
      if (error instanceof RangeError) return { pointer: '', message: 'is nested too deeply' };
      throw error;
    }
    return mismatchOf(validate.errors ?? []);
  };
}

function compile(schema: Readonly<Record<string, unknown>>): ValidateFunction {
  const ajv = newAjv(String(schema['$schema'] ?? ''));
  addFormats.default(ajv, { keywords: false });
  // The package's own pattern for it takes time in the square of the text; its others do not.
  ajv.addFormat('url', (text: string) => URL.canParse(text));
  ajv.removeKeyword('uniqueItems').addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    // Ajv compares each with each: a payload of empty objects would take minutes.
    validate: (wanted: boolean, items: readonly unknown[]) =>
      !wanted || new Set(items.map(canonical)).size === items.length,
    error: { message: 'must not have the same item twice' },
  });
  try {
    return ajv.compile(schema);
  } catch (error) {
    if (error instanceof HeadgateError) throw error;
    throw new HeadgateError('invalid_settings', `not a JSON Schema that works here: ${messageOf(error)}`, {
      hint: "write draft 2020-12, with `$ref` to the schema's own `$defs` only",
    });
  }
}

function newAjv(dialect: string): Ajv {
  // Names of formats and keywords that nobody knows are notes for people, as the standard has it.
  const options: Options = {
    strict: false,
    logger: false,
    code: { regExp: Object.assign(linear, { code: 'linear' }) },
  };
  if (/draft-0?[67]\b/.test(dialect)) return new Ajv(options);
  if (dialect === '' || dialect.includes('2020-12')) return new Ajv2020(options);
  throw new HeadgateError('invalid_settings', `the dialect '${dialect.slice(0, MAX_POINTER)}' is not known`, {
    hint: 'known are https://json-schema.org/draft/2020-12/schema and http://json-schema.org/draft-07/schema#',
  });
}

function linear(pattern: string): { test: (text: string) => boolean; toString: () => string } {
  const invalid = (message: string): Error =>
    new HeadgateError('invalid_settings', `the pattern ${pattern}: ${message}`);
  // Ajv tells patterns apart by their text form.
  return { test: compilePattern(pattern, invalid), toString: () => pattern };
}

/** For ajv an integer is a number; those beyond 2^53 come as bigints. The value itself where it holds none. */
function plainNumbers(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (value === null || typeof value !== 'object') return value;
  if (!holdsBigint(value)) return value;
  if (Array.isArray(value)) return value.map(plainNumbers);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plainNumbers(member)]));
}

function holdsBigint(value: unknown): boolean {
  if (typeof value === 'bigint') return true;
  if (value === null || typeof value !== 'object') return false;
  if (Array.isArray(value)) return value.some(holdsBigint);
  for (const name in value) if (holdsBigint((value as Record<string, unknown>)[name])) return true;
  return false;
}

function mismatchOf(errors: readonly ErrorObject[]): Mismatch {
  // Of a choice the last error is the choice's own; of `if` the first tells more.
  const last = errors.at(-1)!;
  const error = last.keyword === 'if' ? errors[0]! : last;
  const { keyword, params, instancePath } = error;
  const extra: unknown = params['additionalProperty'] ?? params['unevaluatedProperty'] ?? params['propertyName'];
  const path = typeof extra === 'string' ? `${instancePath}/${escapePointer(extra)}` : instancePath;
  const pointer = path.length > MAX_POINTER ? `${path.slice(0, MAX_POINTER)}…` : path;
  switch (keyword) {
    case 'required':
      return { pointer, message: `lacks the field '${String(params['missingProperty'])}'` };
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return { pointer, message: 'is no field of the schema' };
    case 'propertyNames':
      return { pointer, message: 'has a name that is not allowed' };
    case 'false schema':
      return { pointer, message: 'is not allowed' };
    default:
      return { pointer, message: error.message ?? 'does not match the schema' };
  }
}

const escapePointer = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');
