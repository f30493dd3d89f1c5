/** From what a request says of an integration to the Connection that Git shall declare. */
import { isDeepStrictEqual } from 'node:util';
import { HeadgateError } from '../../foundation/errors.ts';
import { API_VERSION, type ConnectionSpec, type Resource } from '../../crds/index.ts';
import type { Connector } from '../../runner/ports.ts';
import { checkSettings } from '../../runner/settings.ts';
import { flatSettings } from '../writes/flat-settings.ts';
import { shownTypes } from '../views/integration.ts';
import { REDACTED } from '../views/redact.ts';
import { mergePatch } from '../writes/merge.ts';
import { slugOf } from '../writes/names.ts';

export interface IntegrationFields {
  readonly service?: string;
  readonly enabled?: boolean;
  readonly name?: string;
  readonly title?: string | null;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly synchronizations?: ConnectionSpec['synchronizations'];
}

type Metadata = Resource<'Connection'>['metadata'];

/**
 * What a new one is called. A name in the form of a resource's is meant as such (`exact`); any other one is for people, and the
 * resource is called alike, or as the service where no letter or digit of ASCII is in it.
 */
export function namesOf({
  name,
  title,
  service,
}: Pick<IntegrationFields, 'name' | 'title'> & { readonly service: string }): {
  readonly name: string;
  readonly exact: boolean;
  readonly title?: string;
} {
  const slug = (name === undefined ? null : slugOf(name)) ?? service;
  const exact = slug === name;
  const shown = title ?? (exact ? undefined : name);
  return { name: slug, exact, ...(shown === undefined || shown === slug ? {} : { title: shown }) };
}

export function newConnection(
  connector: Connector,
  metadata: Metadata,
  title: string | undefined,
  { service, enabled, settings = {}, synchronizations }: IntegrationFields & { readonly service: string },
): Resource<'Connection'> {
  const spec = {
    connector: service,
    ...(title === undefined ? {} : { title }),
    ...(enabled === undefined || enabled ? {} : { enabled }),
    ...(Object.keys(settings).length === 0 ? {} : { settings: mergePatch({}, settingsOf(connector, settings)) }),
    ...(synchronizations === undefined ? {} : { synchronizations }),
  };
  return { apiVersion: API_VERSION, kind: 'Connection', metadata, spec };
}

/**
 * What is left out stays as it is; members of settings are merged, null removes one. Another service takes its own settings
 * only. The resource keeps its name: a new one for people is its title. An answer that is sent back changes nothing: defaults
 * that it shows are not written down.
 */
export function changedConnection(
  connector: Connector,
  { apiVersion, kind, metadata, spec }: Resource<'Connection'>,
  { service = spec.connector, enabled, name, title: given, settings, synchronizations }: IntegrationFields,
): Resource<'Connection'> {
  const { title: _, settings: before = {}, ...rest } = spec;
  const named = name === undefined || name === metadata.name ? spec.title : name;
  // An answer has both: which of them differs from what is there is the one that somebody changed.
  const title = given === undefined || given === (spec.title ?? null) ? named : (given ?? undefined);
  const kept = service === spec.connector ? before : {};
  const merged = settings === undefined ? kept : mergePatch(kept, settingsOf(connector, settings));
  return {
    apiVersion,
    kind,
    metadata,
    spec: {
      ...rest,
      connector: service,
      ...(title === undefined ? {} : { title }),
      ...(enabled === undefined || enabled === (spec.enabled ?? true) ? {} : { enabled }),
      ...(Object.keys(merged).length === 0 ? {} : { settings: merged }),
      ...(synchronizations === undefined || sameTypes(synchronizations, spec.synchronizations)
        ? {}
        : { synchronizations }),
    },
  };
}

const sameTypes = (a: ConnectionSpec['synchronizations'], b: ConnectionSpec['synchronizations']): boolean =>
  isDeepStrictEqual(shownTypes(a), shownTypes(b));

/** In the spelling of the connector: `apiKey`, `api_key` and `api-key` are the same to a caller. */
const settingsOf = (connector: Connector, settings: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  flatSettings(connector.settings, settings);

/** Throws `invalid_settings` with pointers into the request; `settings` holds references where secrets were. */
export function refuseInvalidSettings(connector: Connector, settings: Readonly<Record<string, unknown>>): void {
  const { issues } = checkSettings(connector, settings, { pointer: '/settings' });
  const [first] = issues;
  if (first === undefined) return;
  throw new HeadgateError(first.code ?? 'invalid_settings', issues.map(({ message }) => message).join('; '), {
    issues,
    hint: first.hint,
  });
}

/** What answers show in the place of a value must not be taken for the value. */
export function refuseRedacted(value: unknown, pointer = '/settings'): void {
  if (typeof value === 'string' && value.includes(REDACTED)) {
    throw new HeadgateError(
      'invalid_request',
      `${pointer} holds '${REDACTED}', which stands for a value that is not shown`,
      {
        issues: [{ pointer, message: `holds '${REDACTED}'` }],
        hint: 'send the value, a reference to it, or leave the field out',
      },
    );
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) refuseRedacted(member, `${pointer}/${name}`);
}
