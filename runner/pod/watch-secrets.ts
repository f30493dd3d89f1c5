import { fingerprint } from './mounted-secrets.ts';

/** How often mounted secrets are looked at, in milliseconds. */
const LOOK_MS = 10_000;

/** Calls back after the value of one of the secrets (`name/key`) became another one, until the returned function is called. */
export async function watchSecrets(
  folder: string,
  secrets: readonly string[],
  changed: () => void,
): Promise<() => void> {
  if (secrets.length === 0) return () => undefined;
  let seen = await fingerprint(folder, secrets);
  let looking = false;
  const look = async (): Promise<void> => {
    if (looking) return;
    looking = true;
    try {
      const now = await fingerprint(folder, secrets);
      if (now !== seen) changed();
      seen = now;
    } finally {
      looking = false;
    }
  };
  const timer = setInterval(() => void look(), LOOK_MS);
  return () => clearInterval(timer);
}
