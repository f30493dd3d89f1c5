import { withPlaces } from '../pipelines/write.ts';
import type { RouteRequest } from '../route.ts';

/** Answers what `work` answers; the issues of what it throws point into the body: that of a Connection, or the fields. */
export function placed<T>({ documents }: Pick<RouteRequest, 'documents'>, work: () => Promise<T>): Promise<T> {
  return withPlaces(documents === undefined ? placeOfField : placeInDocument, work);
}

const FIELDS: Readonly<Record<string, string>> = {
  '/spec/connector': '/service',
  '/spec/title': '/name',
  '/metadata/name': '/name',
};
const placeOfField = (pointer: string): string =>
  FIELDS[pointer] ?? (pointer.startsWith('/spec/') ? pointer.slice('/spec'.length) : pointer);
const placeInDocument = (pointer: string): string => {
  if (pointer === '/service') return '/spec/connector';
  return pointer === '/settings' || pointer.startsWith('/settings/') ? `/spec${pointer}` : pointer;
};
