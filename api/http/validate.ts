import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { TSchema } from 'typebox';
import { PATTERN_WORDS } from '../../crds/common.ts';
import { HeadgateError, type Issue } from '../../foundation/errors.ts';
import { nearest } from '../../crds/nearest.ts';

/** Where a value came from: the first part of the pointers in error messages, empty for the body. */
export type Place = 'path' | 'query' | 'body';

/** Checks a value in place: fills in defaults and, outside of bodies, turns strings into what the schema asks for. */
export type Validate = (value: unknown) => void;

/** At most so many problems are named in one answer. */
const MAX_ISSUES = 50;

/** Compiles validators of one API. Texts of paths and queries are coerced; bodies are taken as they are. */
export function createValidators(): (place: Place, schema: TSchema) => Validate {
  const strict = new Ajv({ useDefaults: true, allErrors: true, strict: false });
  const coercing = new Ajv({ useDefaults: true, allErrors: true, strict: false, coerceTypes: true });
  addFormats.default(strict);
  addFormats.default(coercing);
  return (place, schema) => {
    const check = (place === 'body' ? strict : coercing).compile(schema);
    return (value) => {
      if (!check(value)) throw invalid(place, check, schema);
    };
  };
}

function invalid(place: Place, check: ValidateFunction, schema: TSchema): HeadgateError {
  const known = Object.keys((schema as { properties?: object }).properties ?? {});
  const issues = (check.errors ?? [])
    .filter(({ keyword }) => keyword !== 'propertyNames')
    .slice(0, MAX_ISSUES)
    .map((error) => issueOf(place, error, known));
  const first = issues[0]!;
  const what = place === 'body' ? 'the body is not valid' : `the ${place} is not valid`;
  return new HeadgateError('invalid_request', `${what}: ${first.pointer} ${first.message}`, { issues });
}

function issueOf(place: Place, error: ErrorObject, known: readonly string[]): Issue {
  const base = `${place === 'body' ? '' : `/${place}`}${error.instancePath}`;
  const params = error.params as Record<string, unknown>;
  if (error.keyword === 'additionalProperties') {
    const name = String(params['additionalProperty']).slice(0, 100);
    const close = error.instancePath === '' ? nearest(name, known) : undefined;
    const message = `is not known${close === undefined ? '' : `; did you mean '${close}'?`}`;
    return { pointer: `${base}/${escapePointer(name)}`, message };
  }
  if (error.keyword === 'required') {
    return { pointer: `${base}/${escapePointer(String(params['missingProperty']))}`, message: 'is missing' };
  }
  // The name of a member is at fault, and the error after this one, which says just that, would add nothing.
  if (error.propertyName !== undefined) {
    return {
      pointer: `${base}/${escapePointer(error.propertyName.slice(0, 100))}`,
      message: `is no good name: it ${wordsOf(error)}`,
    };
  }
  if (error.keyword === 'enum') {
    return { pointer: base, message: `must be one of ${(params['allowedValues'] as unknown[]).join(', ')}` };
  }
  return { pointer: base === '' ? '/' : base, message: wordsOf(error) };
}

/** What the schema asks for, in words. */
function wordsOf({ keyword, params, message }: ErrorObject): string {
  const { format, pattern, limit } = params as { format?: string; pattern?: string; limit?: number };
  if (format === 'date-time') return 'must be a time of RFC 3339, such as 2026-02-15T06:00:00Z';
  if (keyword === 'pattern') return PATTERN_WORDS[pattern ?? ''] ?? `must match ${pattern}`;
  if (keyword === 'maxLength') return `must have ${limit} characters at most`;
  if (keyword === 'minLength' && limit === 1) return 'must not be empty';
  return message ?? 'is not valid';
}

/** RFC 6901, section 3. */
function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
