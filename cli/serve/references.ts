/** References such as `${secret:name/key}` that the server itself follows. */
import { resolveText } from '../../runner/references.ts';
import type { SecretValues } from '../../store/secrets/secret-store.ts';
import { readAllowedFile } from './allowed-file.ts';

/** Looks up references that the server itself needs: credentials of repositories, secrets that webhooks are signed with. */
export function references(
  env: Readonly<Record<string, string | undefined>>,
  allowPaths: readonly string[],
  secrets: Pick<SecretValues, 'read'>,
): (text: string, place: ReferringPlace) => Promise<string> {
  const readFile = (path: string): Promise<string> => readAllowedFile(path, allowPaths);
  return (text, { workspace, variables, pointer }) => {
    const reader = { read: (name: string, key: string) => secrets.read(workspace, name, key) };
    return resolveText(text, { variables, env, readFile, secrets: reader, onSecret: () => undefined }, pointer);
  };
}

/** Where a reference stands. */
export interface ReferringPlace {
  readonly workspace: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly pointer: string;
}

/** What `${env:…}` may refer to: all but Headgate's own settings, whose secrets are nobody's but the server's. */
export function referableEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(env).filter(
      ([name]) => !name.startsWith('HEADGATE_') || name.startsWith('HEADGATE_VAR_') || name === 'HEADGATE_LOG_LEVEL',
    ),
  );
}
