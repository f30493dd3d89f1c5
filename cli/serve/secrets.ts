/** The keys and secrets of a server: opened before anything that is sealed is read. */
import type { Clock } from '../../foundation/time.ts';
import { keyPlace } from '../../store/secrets/key-file.ts';
import { openKeyring } from '../../store/secrets/keyring.ts';
import { SecretStore } from '../../store/secrets/secret-store.ts';
import type { Store } from '../../store/ports.ts';
import type { Secrets } from '../../store/secret-ports.ts';

export interface SecretOptions {
  /** Absolute. */
  readonly dataDir: string;
  /** `HEADGATE_SECRET_KEY` */
  readonly secretKey?: string;
  /** Absolute: `--secret-key-file`. */
  readonly secretKeyFile?: string;
}

/**
 * Opens the secrets of `store`. `local` is where the configuration of this data folder is sealed: the same store, or its SQLite
 * file. Makes a key where nothing was sealed yet; throws `secret_key_missing` or `secret_key_invalid`.
 */
export async function openSecrets(
  { dataDir, secretKey, secretKeyFile }: SecretOptions,
  { store, local }: { readonly store: Pick<Store, 'secrets'>; readonly local: Secrets },
  clock: Clock,
): Promise<SecretStore> {
  const place = keyPlace({
    dataDir,
    ...(secretKey === undefined ? {} : { fromEnv: secretKey }),
    ...(secretKeyFile === undefined ? {} : { file: secretKeyFile }),
  });
  const sealed = [await store.secrets.sealingKey(), await local.sealingKey()];
  return new SecretStore(
    store.secrets,
    openKeyring(
      place,
      sealed.filter((id) => id !== null),
    ),
    clock,
  );
}
