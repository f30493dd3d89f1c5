import type { ConnectorSpec } from './connector.ts';
import type { Problem } from './issues.ts';
import { valueProblem } from './problems.ts';

/** What only connections may hold: `${env:NAME}` and the like. */
export const REFERENCE = /\$\{(env|file|secret|var):[^}]*\}/;

/** The parts of each way to authenticate that are secret. Of Basic authentication some APIs take the key as the user. */
const SECRET_PARTS = {
  bearer: ['token'],
  apiKey: ['value'],
  basic: ['password', 'username'],
  refreshToken: ['refreshToken'],
  clientCredentials: ['clientSecret'],
} as const;

/** What proves who asks comes from a setting that is secret, so that it neither lies in Git nor is shown. */
export function checkAuth({ auth = {}, settings = {} }: ConnectorSpec): Problem[] {
  // A reference, and a setting that is not declared, are found elsewhere.
  const isSecret = (text: string): boolean =>
    REFERENCE.test(text) ||
    [...text.matchAll(/\bsettings\s*\.\s*([A-Za-z_]\w*)/g)].some(
      ([, name]) => !Object.hasOwn(settings, name!) || settings[name!]!.secret === true,
    );
  return Object.entries(SECRET_PARTS).flatMap(([kind, parts]) => {
    const way = auth[kind as keyof typeof SECRET_PARTS] as Readonly<Record<string, string>> | undefined;
    if (way === undefined || parts.some((part) => isSecret(way[part] ?? ''))) return [];
    return [
      valueProblem(`/spec/auth/${kind}/${parts[0]}`, 'names no secret setting', {
        code: 'literal_secret',
        hint: 'declare a setting with `secret: true`, and use ${settings.name}',
      }),
    ];
  });
}
