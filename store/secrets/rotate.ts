/** A new key for everything that is sealed. */
import { HeadgateError } from '../../foundation/errors.ts';
import { newId } from '../../foundation/ids.ts';
import type { Locks } from '../ports.ts';
import type { Secrets } from '../secret-ports.ts';
import { newSecretKey } from './key.ts';
import { writeKeyFile } from './key-file.ts';
import type { Keyring } from './keyring.ts';

/** Something that is sealed: the secrets of a store, the configuration of a data folder. */
export interface SealedPlace {
  /** For people: `secrets`, `configuration`. */
  readonly what: string;
  readonly port: Pick<Secrets, 'sealingKey' | 'useKey'>;
  /** Seals anew what is not sealed with the sealing key of the place; answers how many. */
  reseal(signal?: AbortSignal): Promise<number>;
}

export interface RotateOptions {
  readonly ring: Keyring;
  readonly places: readonly SealedPlace[];
  /** Keeps two rotations from each other. */
  readonly locks: Locks;
  /**
   * Makes no new key, but takes old ones out of a file that other servers may use as well, once those have gone over to the
   * current one. Out of the data folder's own file they go in any case.
   */
  readonly forgetOld?: boolean;
  readonly signal?: AbortSignal;
}

export interface Rotation {
  /** The key that everything is sealed with now. */
  readonly keyId: string;
  /** What was sealed anew, by `what` of its place. */
  readonly resealed: Readonly<Record<string, number>>;
  /** Ids of keys that are still in the file or the environment and seal nothing here any more. */
  readonly old: readonly string[];
}

const LOCK = 'secret-rotation';
const LOCK_MS = 30_000;

/**
 * Makes a new key, seals everything with it, and takes the old ones out of the key file. In this order, so that whatever the
 * process is killed in, each sealed text has its key in the file: the new key is added to the file, each place is told to
 * take nothing else from now on, everything in it is sealed anew, and only then old keys go. The next rotation finishes one that
 * was interrupted. With keys in the environment the first of them is taken instead of a new one.
 *
 * Throws `conflict` while another one goes on (or was killed less than 30 s ago), and when the environment has no other key.
 */
export async function rotateKey(options: RotateOptions): Promise<Rotation> {
  const { locks, ring, places, signal } = options;
  const holder = newId('rot');
  const lock = (): Promise<boolean> => locks.acquire(LOCK, holder, Date.now(), LOCK_MS);
  if (!(await lock())) {
    throw new HeadgateError('conflict', 'another rotation of the key goes on, or was ended less than 30 seconds ago', {
      hint: 'try again in half a minute',
    });
  }
  const renewal = setInterval(() => void lock().catch(() => undefined), LOCK_MS / 3).unref();
  try {
    ring.refresh();
    const { path } = ring.place;
    if (path === null) await demandOther(options);
    else if (options.forgetOld !== true) writeKeyFile(path, [newSecretKey(), ...ring.keys]);
    ring.refresh();
    const keyId = ring.current.id;
    for (const { port } of places) await useKey(port, keyId);
    const resealed: Record<string, number> = {};
    for (const place of places) resealed[place.what] = await place.reseal(signal);
    if (path !== null && (ring.place.own || options.forgetOld === true)) {
      writeKeyFile(path, [ring.current]);
      ring.refresh();
    }
    return { keyId, resealed, old: ring.keys.slice(1).map(({ id }) => id) };
  } finally {
    clearInterval(renewal);
    await locks.release(LOCK, holder);
  }
}

/** Brings a place to the current key of the keyring; another server may have done the same. */
export async function useKey(port: SealedPlace['port'], keyId: string): Promise<void> {
  for (let used = await port.sealingKey(); used !== keyId; used = await port.sealingKey()) {
    await port.useKey(used, keyId);
  }
}

async function demandOther({ ring, places }: RotateOptions): Promise<void> {
  if (ring.keys.length > 1) return;
  const used = await Promise.all(places.map(({ port }) => port.sealingKey()));
  if (used.some((id) => id !== null && id !== ring.current.id)) return;
  throw new HeadgateError('conflict', `${ring.place.shown} holds one key, and everything is sealed with it`, {
    hint: 'write a new key (`openssl rand -base64 32`) in front of it, with a space between them, restart the servers, and rotate again',
  });
}
