import { HeadgateError } from '../foundation/errors.ts';
import { refKey } from '../foundation/ids.ts';
import { refOf } from '../crds/index.ts';
import type { StoredResource } from './ports.ts';

/** Throws what is wrong with a resource that the platform stores though Headgate would have refused it. */
export function assertValid({ invalid, resource }: Pick<StoredResource, 'invalid' | 'resource'>): void {
  if (invalid === undefined) return;
  const { code, message, at, hint, issues } = invalid;
  throw new HeadgateError(code, `${refKey(refOf(resource))} is not valid: ${message}`, { at, hint, issues });
}
