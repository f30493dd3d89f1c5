import { randomBytes } from 'node:crypto';
import type { ResourceRef } from '../../../foundation/ids.ts';
import { API_VERSION } from '../../../crds/index.ts';
import type { Announcement } from '../../reconcile/announcements.ts';
import { apiVersionOf, EVENT } from '../object-types.ts';
import type { NewObject } from '../types.ts';

/** Who reports, as `kubectl describe` shows it. */
const REPORTER = 'headgate.dev/controller';
/** Limits of the API server, the note's in bytes. */
const MAX_NOTE_BYTES = 1024;
const MAX_REASON = 128;
const MAX_INSTANCE = 128;
/** What is left of a name of 253 characters for the beginning of an Event's own. */
const MAX_PREFIX = 230;

/** An Event (events.k8s.io/v1) on a resource with that uid. `at` is epoch milliseconds; `instance` is the Pod that reports. */
export function eventObject(
  about: ResourceRef & { readonly uid: string },
  news: Announcement,
  { at, instance }: { readonly at: number; readonly instance: string },
): NewObject {
  const { related } = news;
  return {
    apiVersion: apiVersionOf(EVENT),
    kind: EVENT.kind,
    metadata: {
      name: `${about.name.slice(0, MAX_PREFIX).replace(/[^a-z0-9]+$/, '')}.${randomBytes(8).toString('hex')}`,
      namespace: about.namespace,
    },
    eventTime: microTime(at),
    type: news.type,
    reason: news.reason.slice(0, MAX_REASON),
    note: cutBytes(news.message, MAX_NOTE_BYTES),
    action: 'Reconcile',
    regarding: { apiVersion: API_VERSION, ...refFields(about), uid: about.uid },
    ...(related === undefined ? {} : { related: { apiVersion: API_VERSION, ...refFields(related) } }),
    reportingController: REPORTER,
    reportingInstance: instance.slice(0, MAX_INSTANCE),
  };
}

/** What changes on an Event that was seen again: `count` times in all, the last time at `at`. */
export function seriesPatch(count: number, at: number): Readonly<Record<string, unknown>> {
  return { series: { count, lastObservedTime: microTime(at) } };
}

/** The API asks for microseconds. */
function microTime(at: number): string {
  return new Date(at).toISOString().replace('Z', '000Z');
}

function refFields({ kind, namespace, name }: ResourceRef): ResourceRef {
  return { kind, namespace, name };
}

/** The beginning of a text that has at most so many bytes in UTF-8, with a mark where it was cut. */
export function cutBytes(text: string, max: number): string {
  if (Buffer.byteLength(text) <= max) return text;
  const mark = '…';
  let kept = '';
  let bytes = Buffer.byteLength(mark);
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > max) break;
    kept += character;
  }
  return kept + mark;
}
