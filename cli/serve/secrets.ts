/** The keys and secrets of a server: opened before anything that is sealed is read. */
import { messageOf } from '../../foundation/errors.ts';
import type { Logger } from '../../foundation/log.ts';
import type { Clock } from '../../foundation/time.ts';
import { keyPlace } from '../../store/secrets/key-file.ts';
import { openKeyring } from '../../store/secrets/keyring.ts';
import { rotateKey, useKey, type RotateOptions, type Rotation, type SealedPlace } from '../../store/secrets/rotate.ts';
import { SecretStore } from '../../store/secrets/secret-store.ts';
import type { Store } from '../../store/ports.ts';
import type { Database } from '../../store/sqlite/database.ts';
import { SealedRows } from '../../controller/resources/sealed-rows.ts';

export interface SecretOptions {
  /** Absolute. */
  readonly dataDir: string;
  /** `HEADGATE_SECRET_KEY` */
  readonly secretKey?: string;
  /** Absolute: `--secret-key-file`. */
  readonly secretKeyFile?: string;
}

/** What is sealed: the secrets of `store`, and the configuration in the SQLite file of the data folder. */
export interface SealedStores {
  readonly store: Store;
  /** The store in that file: where its key is settled. `store` itself with SQLite. */
  readonly local: Store;
  readonly database: Database;
}

export interface OpenSecrets {
  readonly secrets: SecretStore;
  readonly sealed: SealedRows;
  /** A new key for everything: see `rotateKey`. */
  rotate(options: Pick<RotateOptions, 'forgetOld' | 'signal'>): Promise<Rotation>;
  /**
   * Seals what is plain or was left by a rotation that was interrupted, and goes along with the rotations of other servers
   * that use the same key file until it is closed.
   */
  follow(log: Logger): Promise<{ close(): void }>;
}

/** Makes a key where nothing was sealed yet. Throws `secret_key_missing` or `secret_key_invalid`. */
export async function openSecrets(
  { dataDir, secretKey, secretKeyFile }: SecretOptions,
  { store, local, database }: SealedStores,
  clock: Clock,
): Promise<OpenSecrets> {
  const place = keyPlace({
    dataDir,
    ...(secretKey === undefined ? {} : { fromEnv: secretKey }),
    ...(secretKeyFile === undefined ? {} : { file: secretKeyFile }),
  });
  const needed = [await store.secrets.sealingKey(), await local.secrets.sealingKey()].filter((id) => id !== null);
  const ring = openKeyring(place, needed);
  const secrets = new SecretStore(store.secrets, ring, clock);
  const sealed = new SealedRows(database, ring);
  const configuration: SealedPlace = {
    what: 'configuration',
    port: local.secrets,
    reseal: (signal) => sealed.reseal(signal),
  };
  const shared: SealedPlace = {
    what: 'secrets',
    port: store.secrets,
    reseal: (signal) => secrets.reseal(signal),
  };
  const catchUp = async (): Promise<void> => {
    await useKey(local.secrets, ring.current.id);
    await configuration.reseal();
    // Which key the secrets of a shared store are sealed with is for a rotation to say.
    if ((await store.secrets.sealingKey()) === ring.current.id) await shared.reseal();
  };
  return {
    secrets,
    sealed,
    rotate: (options) => rotateKey({ ring, places: [shared, configuration], locks: store.locks, ...options }),
    follow: async (log) => {
      const plain = await sealed.hasPlain();
      await catchUp();
      if (plain) wipe(sealed, log);
      let last = Promise.resolve();
      const close = ring.watch(() => {
        log.info({ key: ring.current.id }, 'the key of secrets was changed');
        last = last
          .then(catchUp)
          .catch((error: unknown) =>
            log.error({ error: messageOf(error) }, 'not everything was sealed with the new key'),
          );
      });
      return { close };
    },
  };
}

/** Once, when a data folder of before is opened. */
function wipe(sealed: SealedRows, log: Logger): void {
  try {
    sealed.wipe();
  } catch (error) {
    log.warn(
      { error: messageOf(error) },
      'the configuration is sealed, but its plain text may be left in unused parts of headgate.db; run VACUUM on it',
    );
  }
}
