/** Connector settings: checked in Git before references are resolved, and strictly in the runner afterwards. */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { TSchema } from 'typebox';
import { HeadgateError, type Issue } from '../foundation/errors.ts';
import type { Connector } from './ports.ts';
import { REFERENCE_KINDS, referencesIn } from './references.ts';
import { secretLiterals, schemaAt } from './secret-fields.ts';
import { nearest } from '../crds/nearest.ts';

export interface CheckOptions {
  /** Where the settings stand, such as `/spec/source/settings`: the start of every pointer. */
  readonly pointer: string;
}

export interface CheckedSettings {
  /** A copy with the defaults filled in; what was given stays as it was. */
  readonly settings: Record<string, unknown>;
  readonly issues: readonly Issue[];
}

/**
 * Checks settings as they stand in a resource. A string that holds a reference passes for any string, number or
 * boolean, since its value exists in the runner only; a literal in a secret field is `literal_secret`.
 */
export function checkSettings(
  connector: Connector,
  settings: Readonly<Record<string, unknown>>,
  options: CheckOptions,
): CheckedSettings {
  const copy = structuredClone(settings) as Record<string, unknown>;
  const validate = validatorOf(connector.settings);
  const errors = validate(copy) ? [] : withoutReferences(validate.errors ?? [], copy);
  const issues = [
    ...unknownReferences(copy, options.pointer),
    ...secretLiterals(connector.settings, copy, options.pointer),
    ...errors.map((error) => toIssue(connector, error, options.pointer)),
  ];
  return { settings: copy, issues };
}

/**
 * Checks settings whose references are resolved, and answers a copy with defaults and with numbers and booleans that
 * came as text turned into what the schema asks for. Throws `invalid_settings`; values are never in the message.
 */
export function resolveSettings(
  connector: Connector,
  settings: Readonly<Record<string, unknown>>,
  options: CheckOptions,
): Record<string, unknown> {
  const copy = structuredClone(settings) as Record<string, unknown>;
  const validate = validatorOf(connector.settings);
  if (!validate(copy)) coerceText(copy, validate.errors ?? []);
  if (validate(copy)) return copy;
  const issues = (validate.errors ?? []).map((error) => toIssue(connector, error, options.pointer));
  throw new HeadgateError(
    'invalid_settings',
    `settings of connector ${connector.name}: ${issues.map((issue) => issue.message).join('; ')}`,
    { at: issues[0]?.pointer ?? options.pointer, issues },
  );
}

// A memo of a pure function: compiling a schema costs milliseconds, and thousands of pipelines share a dozen connectors.
const compiled = new WeakMap<TSchema, ValidateFunction>();

function validatorOf(schema: TSchema): ValidateFunction {
  let validate = compiled.get(schema);
  if (validate === undefined) {
    const ajv = new Ajv({ useDefaults: true, allErrors: true, strict: false });
    addFormats.default(ajv);
    validate = ajv.compile(schema);
    compiled.set(schema, validate);
  }
  return validate;
}

/** Leaves out what is only wrong because a reference stands where its value will be. */
function withoutReferences(errors: readonly ErrorObject[], settings: unknown): readonly ErrorObject[] {
  const excused = (error: ErrorObject): boolean => {
    const value = valueAt(settings, error.instancePath);
    return typeof value === 'string' && referencesIn(value).length > 0;
  };
  // Where one branch of a union failed by a reference alone, the union itself and its other branches prove nothing.
  const unions = errors
    .filter((error) => error.keyword === 'anyOf' || error.keyword === 'oneOf')
    .filter((union) => errors.some((error) => within(error.schemaPath, union.schemaPath) && excused(error)));
  return errors.filter(
    (error) => !excused(error) && !unions.some((union) => within(error.schemaPath, union.schemaPath)),
  );
}

const within = (path: string, parent: string): boolean => path === parent || path.startsWith(`${parent}/`);

function toIssue(connector: Connector, error: ErrorObject, base: string): Issue {
  const pointer = `${base}${error.instancePath}`;
  const where = error.instancePath.slice(1).replaceAll('/', '.');
  const named = where === '' ? '' : `'${where}' `;
  switch (error.keyword) {
    case 'additionalProperties': {
      const field = String(error.params['additionalProperty']);
      const known = Object.keys(schemaAt(connector.settings, error.instancePath)?.properties ?? {});
      const guess = nearest(field, known);
      return {
        code: 'invalid_settings',
        pointer: `${pointer}/${escapePointer(field)}`,
        message: `unknown field '${field}'${guess === undefined ? '' : `; did you mean '${guess}'?`}`,
        ...(known.length === 0 ? {} : { hint: `known fields: ${known.join(', ')}` }),
      };
    }
    case 'required':
      return {
        code: 'invalid_settings',
        pointer,
        message: `${named}lacks the field '${String(error.params['missingProperty'])}'`,
      };
    case 'enum':
      return {
        code: 'invalid_settings',
        pointer,
        message: `${named}must be one of ${(error.params['allowedValues'] as unknown[]).join(', ')}`,
      };
    default:
      return { code: 'invalid_settings', pointer, message: `${named}${error.message ?? 'is not valid'}` };
  }
}

/** References of a kind that does not exist, such as `${ENV:X}` or `${vault:x}`. */
function unknownReferences(value: unknown, pointer: string): readonly Issue[] {
  if (typeof value === 'string') {
    return referencesIn(value)
      .filter(({ kind }) => !(REFERENCE_KINDS as readonly string[]).includes(kind))
      .map(({ kind }) => ({
        code: 'invalid_settings',
        pointer,
        message: `unknown kind of reference '${kind}'`,
        hint: `known kinds: ${REFERENCE_KINDS.join(', ')}; write $\${ for the text itself`,
      }));
  }
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, member]) =>
    unknownReferences(member, `${pointer}/${escapePointer(key)}`),
  );
}

/** Resolved references are text: turns the text into the number or boolean that the schema asks for at that place. */
function coerceText(settings: Record<string, unknown>, errors: readonly ErrorObject[]): void {
  for (const { keyword, instancePath, params } of errors) {
    const text = valueAt(settings, instancePath);
    if (keyword !== 'type' || typeof text !== 'string') continue;
    const type = String(params['type']);
    if ((type === 'number' || type === 'integer') && text.trim() !== '' && Number.isFinite(Number(text))) {
      setAt(settings, instancePath, Number(text));
    } else if (type === 'boolean' && (text === 'true' || text === 'false')) {
      setAt(settings, instancePath, text === 'true');
    }
  }
}

const escapePointer = (part: string): string => part.replaceAll('~', '~0').replaceAll('/', '~1');

const partsOf = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));

function valueAt(value: unknown, pointer: string): unknown {
  let current = value;
  for (const part of partsOf(pointer)) current = (current as Record<string, unknown> | undefined)?.[part];
  return current;
}

function setAt(root: Record<string, unknown>, pointer: string, value: unknown): void {
  const parts = partsOf(pointer);
  const last = parts.pop()!;
  let current = root;
  for (const part of parts) current = current[part] as Record<string, unknown>;
  current[last] = value;
}
