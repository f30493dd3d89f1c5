import type { ResolvedDestination, ResolvedSource } from '../../../runner/spec.ts';
import { secretNames } from '../../reconcile/secret-revisions.ts';
import type { ReferencedSecret } from './types.ts';

// https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ and validation of the keys of a Secret
const SECRET_NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$/;
const SECRET_KEY = /^[-._a-zA-Z0-9]{1,253}$/;

/**
 * The Secrets that `${secret:name/key}` in sources and destinations refers to. A reference that can name no Secret is left out:
 * the runner tells where it stands.
 */
export function referencedSecrets(
  endpoints: readonly Pick<ResolvedSource | ResolvedDestination, 'settings' | 'stream'>[],
): readonly ReferencedSecret[] {
  const keys = new Map<string, string[]>();
  for (const reference of secretNames(endpoints)) {
    const [name = '', key = '', ...rest] = reference.split('/');
    const fits = rest.length === 0 && name.length <= 253 && SECRET_NAME.test(name) && SECRET_KEY.test(key);
    if (fits && !key.startsWith('..') && key !== '.') keys.set(name, [...(keys.get(name) ?? []), key]);
  }
  return [...keys].map(([name, of]) => ({ name, keys: of }));
}
