import { Ajv, type ErrorObject, type Options, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { TSchema } from 'typebox';
import { PATTERN_WORDS } from '../../crds/common.ts';
import { HeadgateError, type Issue } from '../../foundation/errors.ts';
import { parseRfc3339 } from '../../foundation/time.ts';
import { nearest } from '../../crds/nearest.ts';

/** Where a value came from: the first part of the pointers in error messages, empty for the body. */
export type Place = 'path' | 'query' | 'body';

/**
 * Checks a value in place: fills in defaults and, outside of bodies, turns strings into what the schema asks for. `brief`
 * names the first error only.
 */
export type Validate = (value: unknown, options?: { readonly brief?: boolean }) => void;

/** At most so many problems are named in one answer. */
const MAX_ISSUES = 50;

/**
 * Makes validators of one API, compiled when they are first needed: there are hundreds, some of them large. Texts of paths and
 * queries are coerced; bodies are taken as they are.
 */
export function createValidators(): (place: Place, schema: TSchema) => Validate {
  const ajv = (options: Options): Ajv => {
    const made = new Ajv({ useDefaults: true, strict: false, verbose: true, ...options });
    addFormats.default(made);
    // What that package takes for a time is not always one, such as `+02` for an offset.
    made.addFormat('date-time', (text: string) => parseRfc3339(text) !== null);
    return made;
  };
  const first = ajv({});
  const all = ajv({ allErrors: true });
  const coercing = ajv({ allErrors: true, coerceTypes: true });
  return (place, schema) => {
    if (place !== 'body') {
      let check: ValidateFunction | undefined;
      return (value) => {
        check ??= coercing.compile(schema);
        if (!check(value)) throw invalid(place, check);
      };
    }
    let check: ValidateFunction | undefined;
    let checkAll: ValidateFunction | undefined;
    return (value, { brief = false } = {}) => {
      check ??= first.compile(schema);
      if (check(value)) return;
      // Of a huge value with an error in each member, listing them all would take longer than reading it.
      if (brief || isLarge(value)) throw invalid(place, check);
      checkAll ??= all.compile(schema);
      throw invalid(place, checkAll(value) ? check : checkAll);
    };
  };
}

/** Values that are looked at for all their errors; of larger ones the first error is named. */
const MAX_VALUES = 5000;

function isLarge(value: unknown): boolean {
  const open = [value];
  for (let seen = 0; open.length > 0; seen++) {
    if (seen > MAX_VALUES) return true;
    const next = open.pop();
    if (typeof next !== 'object' || next === null) continue;
    for (const name in next) {
      open.push((next as Record<string, unknown>)[name]);
      if (open.length > MAX_VALUES) return true;
    }
  }
  return false;
}

function invalid(place: Place, check: ValidateFunction): HeadgateError {
  const issues = telling(check.errors ?? [])
    .slice(0, MAX_ISSUES)
    .map((error) => issueOf(place, error));
  const first = issues[0]!;
  const what = place === 'body' ? 'the body is not valid' : `the ${place} is not valid`;
  return new HeadgateError('invalid_request', `${what}: ${first.pointer} ${first.message}`, { issues });
}

/**
 * Without what says nothing beside the others: that no branch fits, that a value might also be null, and that it might be of
 * another type where a branch of its own type says what is wrong with it.
 */
function telling(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const own = errors.filter(({ keyword }) => keyword !== 'propertyNames');
  const real = own.filter(
    ({ keyword, params }) => keyword !== 'anyOf' && (params as { type?: unknown }).type !== 'null',
  );
  if (real.length === 0) return own;
  const unions = new Set(own.filter(({ keyword }) => keyword === 'anyOf').map(({ instancePath }) => instancePath));
  if (unions.size === 0) return real;
  const judged = new Set(real.flatMap((error) => judgedBy(error, unions)));
  return real.filter(({ keyword, instancePath }) => !(keyword === 'type' && judged.has(instancePath)));
}

/** The unions of which an error says more than that the type is another one. */
function judgedBy({ keyword, instancePath }: ErrorObject, unions: ReadonlySet<string>): readonly string[] {
  const around: string[] = keyword === 'type' ? [] : [instancePath];
  for (let at = instancePath.lastIndexOf('/'); at >= 0; at = instancePath.lastIndexOf('/', at - 1)) {
    around.push(instancePath.slice(0, at));
    if (at === 0) break;
  }
  return around.filter((path) => unions.has(path));
}

function issueOf(place: Place, error: ErrorObject): Issue {
  const base = `${place === 'body' ? '' : `/${place}`}${error.instancePath}`;
  const params = error.params as Record<string, unknown>;
  if (error.keyword === 'additionalProperties') {
    const name = String(params['additionalProperty']).slice(0, 100);
    const { properties = {} } = error.parentSchema as { readonly properties?: object };
    const close = nearest(name, Object.keys(properties));
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
  if (place === 'query' && params['format'] === 'date-time' && LOST_PLUS.test(String(error.data))) {
    return { pointer: base, message: `${wordsOf(error)}; in a query, \`+\` is written \`%2B\`` };
  }
  return { pointer: base === '' ? '/' : base, message: wordsOf(error) };
}

/** A time whose offset had a `+`, which stands for a space in queries. */
const LOST_PLUS = /^[0-9TtZz:.-]+ \d\d:\d\d$/;

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
