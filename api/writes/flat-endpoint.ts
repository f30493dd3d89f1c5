/** Sources and destinations as flat bodies name them. Pure. */
import { Type, type Static, type TSchema } from 'typebox';
import { MapOf, Strict } from '../../crds/common.ts';
import { DestinationSpec, SourceSpec } from '../../crds/index.ts';
import { nearest } from '../../crds/nearest.ts';
import { HeadgateError } from '../../foundation/errors.ts';
import { flatSettings, type FlatAuthentication } from './flat-settings.ts';

/** What there is in the workspace of a write. */
export interface Catalogue {
  /** The name of the connection that an id, a name or a title stands for; null when there is none. */
  connection(text: string): string | null;
  readonly connections: readonly string[];
  /** The schema of a connector's settings; null when there is none of that name. */
  settingsOf(connector: string): TSchema | null;
  readonly connectors: readonly string[];
}

const loose = {
  id: Type.Optional(Type.String({ description: 'Id or name of a connection.', minLength: 1, maxLength: 253 })),
  type: Type.Optional(Type.String({ description: 'The same as `connector`.', minLength: 1, maxLength: 63 })),
  config: Type.Optional(MapOf(Type.Unknown(), { description: 'The same as `settings`.' })),
  authentication: Type.Optional(
    Strict(
      {
        type: Type.Optional(Type.String({ description: 'Such as `api_key` or `bearer`.', maxLength: 63 })),
        params: Type.Optional(MapOf(Type.Unknown(), { description: 'Its values; secrets are kept apart from Git.' })),
      },
      { description: 'How to sign in: becomes settings of the connector.' },
    ),
  ),
};

const named = {
  name: Type.Optional(
    Type.String({
      description: 'Where neither `connection` nor `connector` is given: the connection or connector meant.',
      minLength: 1,
      maxLength: 253,
    }),
  ),
};

const Reference = Type.String({ description: 'Id or name of a connection.', minLength: 1, maxLength: 253 });

export const FlatSource = Type.Union([Reference, Strict({ ...SourceSpec.properties, ...loose, ...named })]);
export const FlatDestination = Type.Union([Reference, Strict({ ...DestinationSpec.properties, ...loose, ...named })]);
export type FlatEndpoint = Static<typeof FlatSource> | Static<typeof FlatDestination>;

const text = Type.Optional(Type.Union([Type.String({ minLength: 1, maxLength: 1024 }), Type.Null()]));
const map = Type.Optional(Type.Union([MapOf(Type.Unknown()), Type.Null()]));
/** In a merge patch: what the translation looks at has its form, the rest is judged when it is merged. */
export const PatchedEndpoint = Type.Union([
  Reference,
  Type.Object(
    {
      id: text,
      connection: text,
      connector: text,
      type: text,
      name: text,
      settings: map,
      config: map,
      authentication: loose.authentication,
    },
    { additionalProperties: Type.Unknown(), description: 'Members to change; null takes one away.' },
  ),
  Type.Null(),
]);

/**
 * The source or destination of a spec, with as much as `given` says; `pointer` is its place in the body. In a merge patch
 * members may be null, and those of the spec stay so. Throws `reference_not_found`.
 */
export function endpointOf(
  given: FlatEndpoint | Readonly<Record<string, unknown>>,
  catalogue: Catalogue,
  pointer: string,
): Record<string, unknown> {
  if (typeof given === 'string') return { connection: connectionOf(given, catalogue, pointer) };
  const { id, connection, connector, type, name, config, settings, authentication, ...rest } = given as EndpointFields;
  const own = [config, settings, authentication].some((each) => each != null);
  const spec = {
    ...(connection === null ? { connection } : {}),
    ...(connector === null ? { connector } : {}),
    ...(settings === null ? { settings } : {}),
    ...rest,
  };
  const called = name == null ? {} : { name };
  const asked = connection ?? id;
  if (asked != null) {
    const place = `${pointer}/${connection == null ? 'id' : 'connection'}`;
    // A connection has its settings already: the check of the resource refuses others, and says so.
    const beside = own ? { settings: { ...config, ...settings } } : {};
    return { ...called, connection: connectionOf(asked, catalogue, place), ...beside, ...spec };
  }
  const kind = connector ?? type ?? (name == null ? undefined : connectorNamed(name, own, catalogue));
  if (kind == null) {
    if (name != null) return { connection: connectionOf(name, catalogue, `${pointer}/name`), ...spec };
    return { ...(own ? { settings: { ...config, ...settings } } : {}), ...spec };
  }
  const schema = catalogue.settingsOf(kind);
  if (schema === null) {
    const place = connector != null ? 'connector' : type != null ? 'type' : 'name';
    throw missing('connector', kind, catalogue.connectors, `${pointer}/${place}`);
  }
  return {
    ...(connector == null && type == null ? {} : called),
    connector: kind,
    ...(own ? { settings: flatSettings(schema, { ...config, ...settings }, authentication ?? {}) } : {}),
    ...spec,
  };
}

interface EndpointFields {
  readonly id?: string | null;
  readonly connection?: string | null;
  readonly connector?: string | null;
  readonly type?: string | null;
  readonly name?: string | null;
  readonly config?: Readonly<Record<string, unknown>> | null;
  readonly settings?: Readonly<Record<string, unknown>> | null;
  readonly authentication?: FlatAuthentication | null;
}

/** The name of a connection. Throws `reference_not_found` with the nearest one. */
export function connectionOf(text: string, catalogue: Catalogue, pointer: string): string {
  const found = catalogue.connection(text);
  if (found === null) throw missing('connection', text, catalogue.connections, pointer);
  return found;
}

/** A name with settings of its own is a connector; another one a connection before a connector. */
function connectorNamed(name: string, own: boolean, catalogue: Catalogue): string | undefined {
  if (own) return name;
  return catalogue.connection(name) === null && catalogue.settingsOf(name) !== null ? name : undefined;
}

function missing(what: string, name: string, known: readonly string[], pointer: string): HeadgateError {
  const message = `there is no ${what} '${name.slice(0, 100)}'`;
  const near = nearest(name, known);
  const hint = near === undefined ? {} : { hint: `did you mean '${near}'?` };
  return new HeadgateError('reference_not_found', message, {
    issues: [{ pointer, message, code: 'reference_not_found', ...hint }],
    ...hint,
  });
}
