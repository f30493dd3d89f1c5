/** Which of a manifest's ways to authenticate a connection uses, with its settings filled in. */
import { HeadgateError } from '../../../foundation/errors.ts';
import type { ConnectorAuth, ConnectorSpec } from '../../../crds/index.ts';
import type { Auth } from '../http/auth-settings.ts';
import { compileTemplate, settingsIn, textOf, type Scope } from './template.ts';

/** The ways, in the order in which they are tried. */
const KINDS = ['bearer', 'apiKey', 'basic', 'refreshToken', 'clientCredentials', 'none'] as const;
export type AuthKind = (typeof KINDS)[number];

/** OAuth 2.0: how an access token is asked for. */
export interface TokenGrant {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret?: string;
  /** Without one, the grant is that of client credentials. */
  readonly refreshToken?: string;
  readonly scope?: string;
  readonly params: Readonly<Record<string, string>>;
  readonly clientAuth: 'body' | 'basic';
}

/** `fixed`: the same in every request; `grant`: a token that is asked for. Neither: nothing. */
export interface ChosenAuth {
  readonly fixed?: Auth;
  readonly grant?: TokenGrant;
}

/** Throws `invalid_settings` when the settings of no way are given. */
export function chooseAuth(auth: ConnectorAuth | undefined, settings: Scope): ChosenAuth {
  if (auth === undefined) return {};
  const kinds = KINDS.filter((kind) => auth[kind] !== undefined);
  const kind = kinds.find((each) => requiredSettings(auth, each).every((name) => isGiven(settings[name])));
  if (kind === undefined) {
    const ways = kinds.map((each) =>
      requiredSettings(auth, each)
        .map((name) => `\`${name}\``)
        .join(', '),
    );
    throw new HeadgateError('invalid_settings', 'the settings for authentication are missing', {
      hint: `give ${ways.join('; or ')}`,
    });
  }
  const text = (template: string): string =>
    textOf(compileTemplate(template, ['settings'], `auth.${kind}`)({ settings }));
  return filledIn(auth, kind, text);
}

function filledIn(auth: ConnectorAuth, kind: AuthKind, text: (template: string) => string): ChosenAuth {
  switch (kind) {
    case 'bearer':
      return { fixed: { bearer: { token: text(auth.bearer!.token) } } };
    case 'apiKey': {
      const { name, value, in: place = 'header' } = auth.apiKey!;
      return { fixed: { apiKey: { name: text(name), value: text(value), in: place } } };
    }
    case 'basic':
      return { fixed: { basic: { username: text(auth.basic!.username), password: text(auth.basic!.password) } } };
    case 'clientCredentials':
    case 'refreshToken': {
      const { clientAuth = 'body', params = {}, scope, ...rest } = auth[kind]!;
      const refreshToken = auth.refreshToken?.refreshToken;
      return {
        grant: {
          tokenUrl: text(rest.tokenUrl),
          clientId: text(rest.clientId),
          ...(rest.clientSecret === undefined ? {} : { clientSecret: text(rest.clientSecret) }),
          ...(kind === 'refreshToken' && refreshToken !== undefined ? { refreshToken: text(refreshToken) } : {}),
          ...(scope === undefined ? {} : { scope: text(scope) }),
          params: Object.fromEntries(Object.entries(params).map(([name, value]) => [name, text(value)])),
          clientAuth,
        },
      };
    }
    default:
      return {};
  }
}

const isGiven = (value: unknown): boolean => value !== undefined && value !== null && value !== '';

/** The settings that a way needs; scopes and further parameters may be empty. */
function requiredSettings(auth: ConnectorAuth, kind: AuthKind): readonly string[] {
  const texts = (value: unknown): readonly string[] => {
    if (typeof value === 'string') return [value];
    return value !== null && typeof value === 'object' ? Object.values(value).flatMap(texts) : [];
  };
  const { scope: _scope, params: _params, ...rest } = (auth[kind] ?? {}) as Readonly<Record<string, unknown>>;
  return [...new Set(texts(rest).flatMap(settingsIn))];
}

/** The words by which clients call the ways. */
const ALIASES: Readonly<Record<string, readonly AuthKind[]>> = {
  api_key: ['apiKey', 'bearer'],
  apikey: ['apiKey', 'bearer'],
  key: ['apiKey', 'bearer'],
  token: ['bearer', 'apiKey'],
  bearer: ['bearer', 'apiKey'],
  bearer_token: ['bearer', 'apiKey'],
  private_app: ['bearer', 'apiKey'],
  basic: ['basic'],
  basic_auth: ['basic'],
  oauth: ['refreshToken', 'clientCredentials'],
  oauth2: ['refreshToken', 'clientCredentials'],
  client_credentials: ['clientCredentials'],
  refresh_token: ['refreshToken'],
  none: ['none'],
};

/** Names of parameters that mean the one secret of a way, whatever its setting is called. */
const THE_SECRET = new Set(['token', 'key', 'apikey', 'accesstoken', 'value', 'secret', 'password']);

/**
 * The settings that an authentication in the flat form of the API (`{type: api_key, params: {token}}`) means for a
 * manifest. Parameters are the settings of that way, in camel or snake case; `token`, `key` and the like stand for the only
 * secret of it. Throws `invalid_settings` for a way or a parameter that the connector does not have.
 */
export function authSettings(
  manifest: Pick<ConnectorSpec, 'auth' | 'settings'>,
  given: { readonly type: string; readonly params?: Readonly<Record<string, unknown>> },
): Record<string, unknown> {
  const auth = manifest.auth ?? { none: {} };
  const asked = ALIASES[given.type.toLowerCase().replaceAll('-', '_')] ?? KINDS.filter((kind) => kind === given.type);
  const kind = asked.find((each) => auth[each] !== undefined);
  if (kind === undefined) {
    throw new HeadgateError('invalid_settings', `the connector has no authentication '${given.type.slice(0, 60)}'`, {
      hint: `it has: ${KINDS.filter((each) => auth[each] !== undefined).join(', ')}`,
    });
  }
  const names = requiredSettings(auth, kind);
  const secrets = names.filter((name) => manifest.settings?.[name]?.secret === true);
  const settings: Record<string, unknown> = {};
  for (const [param, value] of Object.entries(given.params ?? {})) {
    const plain = plainName(param);
    const name =
      names.find((each) => plainName(each) === plain) ??
      (THE_SECRET.has(plain) && secrets.length === 1 ? secrets[0] : undefined);
    if (name === undefined) {
      throw new HeadgateError('invalid_settings', `'${param.slice(0, 60)}' is no parameter of this authentication`, {
        hint: `it takes: ${names.join(', ')}`,
      });
    }
    settings[name] = value;
  }
  return settings;
}

const plainName = (name: string): string => name.toLowerCase().replaceAll(/[-_]/g, '');
