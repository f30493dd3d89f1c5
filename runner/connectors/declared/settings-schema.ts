/** The settings of a declared connector as the schema that connections are checked against. */
import { Type, type TSchema } from 'typebox';
import type { ConnectorSpec, SettingField } from '../../../crds/index.ts';
import { Duration, MapOf, OneOf, Strict } from '../../../crds/common.ts';
import { Secret } from '../../secret.ts';
import { Limits } from '../http/settings.ts';

const MAX_TEXT = 65_536;

/** What every declared connector has beside its own settings. */
export interface CommonSettings {
  readonly baseUrl?: string;
  readonly connectTimeout?: string;
  readonly timeout?: string;
  readonly limits?: Limits;
}

export function settingsSchema(spec: ConnectorSpec): TSchema {
  const own = Object.entries(spec.settings ?? {}).filter(([name]) => !Object.hasOwn(COMMON, name));
  return Strict({
    ...Object.fromEntries(own.map(([name, field]) => [name, fieldSchema(field)])),
    baseUrl: baseUrlSchema(spec),
    ...COMMON,
  });
}

const COMMON = {
  connectTimeout: Type.Optional(Duration('Time to connect.', '10s')),
  timeout: Type.Optional(
    Duration(
      'How long the server may be silent before it answers and between two pieces of the answer. In streams: how long a request may take until it is answered.',
      '60s',
    ),
  ),
  limits: Type.Optional(Limits),
};

function baseUrlSchema({ baseUrl, settings }: ConnectorSpec): TSchema {
  const own = settings?.['baseUrl'];
  const schema = Type.String({
    description: own?.description ?? `Another address of the API. Without it ${baseUrl}.`.replaceAll('${', '$${'),
    pattern: '^[hH][tT][tT][pP][sS]?://',
    maxLength: 8192,
    ...(own?.secret === true ? { secret: true } : {}),
    ...(own?.default === undefined ? {} : { default: own.default }),
    examples: own?.examples ?? ['https://api.example.com'],
  });
  return own?.required === true ? schema : Type.Optional(schema);
}

function fieldSchema(field: SettingField): TSchema {
  const schema = typeSchema(field);
  return field.required === true ? schema : Type.Optional(schema);
}

function typeSchema(field: SettingField): TSchema {
  const { description, default: fallback, examples, minimum, maximum } = field;
  const options = {
    description,
    ...(fallback === undefined ? {} : { default: fallback }),
    ...(examples === undefined ? {} : { examples }),
  };
  const bounds = { ...(minimum === undefined ? {} : { minimum }), ...(maximum === undefined ? {} : { maximum }) };
  switch (field.type ?? 'string') {
    case 'integer':
      return Type.Integer({ ...options, ...bounds });
    case 'number':
      return Type.Number({ ...options, ...bounds });
    case 'boolean':
      return Type.Boolean(options);
    case 'list':
      return Type.Array(Type.String({ maxLength: MAX_TEXT }), { ...options, maxItems: 1000 });
    case 'map':
      return MapOf(Type.String({ maxLength: MAX_TEXT }), { ...options, maxProperties: 1000 });
    default:
      if (field.enum !== undefined) return OneOf(field.enum, options);
      if (field.secret === true) return Secret(description, { minLength: 1, maxLength: MAX_TEXT });
      return Type.String({ ...options, maxLength: MAX_TEXT, ...(field.required === true ? { minLength: 1 } : {}) });
  }
}
