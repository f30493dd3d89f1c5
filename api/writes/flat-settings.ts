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
 * `api-key`, and some have usual other names (`ALIKE`). What authenticates goes where the schema has it: below `auth/<type>`,
 * into the setting of its name, or, where one value is left that may be secret, into the only secret setting that has none
 * yet, or the one for a key or token. What fits nowhere stays under its own name, for the check of the settings to refuse.
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
  const [name] = unknown;
  if (name === undefined || unknown.length > 1 || PUBLIC.has(fold(name))) return fields;
  const place =
    free.length === 1 ? free[0] : KEYS.has(fold(name)) ? free.find((each) => KEYS.has(fold(each))) : undefined;
  if (place === undefined) return fields;
  const { [name]: value, ...rest } = fields;
  return { ...rest, [place]: value };
}

function withKnownNames(properties: object, given: Json): Record<string, unknown> {
  const known = Object.keys(properties);
  const settings: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    const place = meant(known, name) ?? name;
    // Two spellings of one setting are one too many: the check refuses the second.
    settings[place in settings || (place !== name && Object.hasOwn(given, place)) ? name : place] = value;
  }
  return settings;
}

/** The one of `known` that `name` spells, else one that is usually called so. */
function meant(known: readonly string[], name: string): string | undefined {
  if (known.includes(name)) return name;
  const alike = ALIKE.find((names) => names.includes(fold(name))) ?? [];
  return known.find((other) => fold(other) === fold(name)) ?? known.find((other) => alike.includes(fold(other)));
}

/** Names of the same thing, folded. */
const ALIKE: readonly (readonly string[])[] = [
  ['user', 'username', 'login'],
  ['password', 'pass', 'passwd'],
  ['url', 'uri', 'dsn', 'connectionstring', 'connectionurl'],
  ['host', 'hostname'],
  ['database', 'dbname', 'db'],
  ['apikey', 'key'],
  ['token', 'accesstoken', 'bearertoken', 'apitoken'],
];
/** The one value that a key or token is, whichever of the two a connector calls it. */
const KEYS = new Set(['apikey', 'key', 'token', 'accesstoken', 'bearertoken', 'apitoken']);
/** Never a secret. */
const PUBLIC = new Set(['user', 'username', 'login', 'email', 'clientid', 'accountid', 'keyid', 'accesskeyid', 'host']);

const fold = (name: string): string => name.toLowerCase().replaceAll(/[-_ ]/g, '');
