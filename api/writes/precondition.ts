import type { StoredResource } from '../../controller/ports.ts';
import { HeadgateError } from '../../foundation/errors.ts';
import type { RouteRequest } from '../route.ts';

/** The entity tag of a resource's declaration: it changes with its revision, not with its status. */
export function etagOf(stored: StoredResource): string {
  return `"${stored.revision}"`;
}

/**
 * Holds `If-Match` (RFC 9110, section 13.1.1) against a resource; a bare revision is taken too. Tags that a proxy marked as
 * weak match as well: they stand for the declaration, whose bytes no proxy changes. Throws `precondition_failed`.
 */
export function checkIfMatch(request: Pick<RouteRequest, 'header'>, stored: StoredResource): void {
  const wanted = request.header('if-match');
  if (wanted === undefined) return;
  const tags = wanted.split(',').map((tag) => tag.trim().replace(/^W\//, '').replaceAll('"', ''));
  if (tags.includes('*') || tags.includes(stored.revision)) return;
  const { kind, metadata } = stored.resource;
  throw new HeadgateError(
    'precondition_failed',
    `${kind} '${metadata.name}' stands at revision ${stored.revision}, not at ${wanted.slice(0, 100)}`,
  );
}
