/** Settings of a connector from the loosely named parts of a flat body. Pure. */
import type { TSchema } from 'typebox';
import type { SettingsSchema } from '../../runner/secret-fields.ts';

type Json = Readonly<Record<string, unknown>>;

/** `authentication` of a flat body: `{type: api_key, params: {token}}`. */
export interface FlatAuthentication {
  readonly type?: string;
  readonly params?: Json;
}

/**
 * The settings that `config` and `authentication` mean to a connector. Names of settings may be spelt `apiKey`, `api_key` or
 * `api-key`. What authenticates goes where the schema has it: below `auth/<type>`, into the setting of its name, or, where
 * one value is left, into the only secret setting that has none yet. What fits nowhere stays under its own name, for the check
 * of the settings to refuse.
 */
export function flatSettings(
  schema: TSchema,
  config: Json,
  { type, params = {} }: FlatAuthentication = {},
): Record<string, unknown> {
  const { properties = {} } = schema as SettingsSchema;
  const settings = withKnownNames(properties, config);
  const auth = type === undefined ? undefined : authOf(properties, type);
  if (auth !== undefined) {
    return { ...settings, auth: { [auth.name]: authFields(auth.schema.properties ?? {}, params) } };
  }
  return { ...settings, ...authFields(properties, params, settings) };
}

/** The kind of authentication among those that the setting `auth` offers. */
function authOf(
  { auth }: NonNullable<SettingsSchema['properties']>,
  type: string,
): { readonly name: string; readonly schema: SettingsSchema } | undefined {
  const name = meant(Object.keys(auth?.properties ?? {}), type);
  return name === undefined ? undefined : { name, schema: auth!.properties![name]! };
}

/** `taken`: settings that have a value already. */
function authFields(
  properties: NonNullable<SettingsSchema['properties']>,
  params: Json,
  taken: Json = {},
): Record<string, unknown> {
  const fields = withKnownNames(properties, params);
  const unknown = Object.keys(fields).filter((name) => !Object.hasOwn(properties, name));
  const free = Object.entries(properties)
    .filter(([name, { secret }]) => secret === true && !Object.hasOwn(taken, name) && !Object.hasOwn(fields, name))
    .map(([name]) => name);
  if (unknown.length !== 1 || free.length !== 1) return fields;
  const { [unknown[0]!]: value, ...rest } = fields;
  return { ...rest, [free[0]!]: value };
}

function withKnownNames(properties: object, given: Json): Record<string, unknown> {
  const known = Object.keys(properties);
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [meant(known, name) ?? name, value]));
}

/** The one of `known` that `name` spells. */
function meant(known: readonly string[], name: string): string | undefined {
  if (known.includes(name)) return name;
  return known.find((other) => fold(other) === fold(name));
}

const fold = (name: string): string => name.toLowerCase().replaceAll(/[-_ ]/g, '');
