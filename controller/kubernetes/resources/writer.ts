import type { ResourceRef } from '../../../foundation/ids.ts';
import { API_VERSION } from '../../../crds/index.ts';
import type { Cluster } from '../cluster.ts';
import { typeOf } from '../object-types.ts';
import { isRefused, type KubeObject } from '../types.ts';
import type { Entry } from './entry.ts';
import type { Copies } from './copies.ts';
import type { Gate } from '../gate.ts';

/** What every write needs. */
export interface Writer {
  readonly cluster: Cluster;
  readonly copies: Copies;
  /** Holds back what is over the number of writes at a time. */
  readonly gate: Gate;
  /** Aborts when the resources are closed. */
  readonly signal: AbortSignal;
}

/** One write, when its turn has come. */
export function write<T>({ gate, signal }: Writer, call: () => Promise<T>): Promise<T> {
  return gate.run(async () => {
    signal.throwIfAborted();
    return call();
  });
}

/** The object as it is now, not from the copy; null when there is none. */
export async function readLive({ cluster, signal }: Writer, ref: ResourceRef): Promise<KubeObject | null> {
  try {
    return await cluster.get(typeOf(ref.kind), placeOf(ref), signal);
  } catch (error) {
    if (isRefused(error, 'NotFound')) return null;
    throw error;
  }
}

export function placeOf({ namespace, name }: ResourceRef): { readonly namespace: string; readonly name: string } {
  return { namespace, name };
}

/** An object with nothing but its name, for an apply to fill. */
export function nameOf({ namespace, name }: ResourceRef, uid?: string): KubeObject['metadata'] {
  return { namespace, name, ...(uid === undefined ? {} : { uid }) };
}

/** What stands for an object that has gone: its name, and the version that it was last known with. */
export function lastOf({ ref, uid, resourceVersion }: Entry): KubeObject {
  return { apiVersion: API_VERSION, kind: ref.kind, metadata: { ...nameOf(ref, uid), resourceVersion } };
}
