/** From what a request says of an integration to the Connection that Git shall declare. */
import { HeadgateError } from '../../foundation/errors.ts';
import { API_VERSION, type ConnectionSpec, type Resource } from '../../crds/index.ts';
import type { Connector } from '../../runner/ports.ts';
import { checkSettings } from '../../runner/settings.ts';
import { flatSettings } from '../writes/flat-settings.ts';
import { REDACTED } from '../views/redact.ts';
import { mergePatch } from '../writes/merge.ts';
import { slugOf } from '../writes/names.ts';

export interface IntegrationFields {
  readonly service?: string;
  readonly enabled?: boolean;
  readonly name?: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly synchronizations?: ConnectionSpec['synchronizations'];
}

type Metadata = Resource<'Connection'>['metadata'];

/** What a name for people makes of a new one: the name of the resource, and the title where that is another text. */
export function namesOf(name: string | undefined, service: string): { readonly name: string; readonly title?: string } {
  if (name === undefined) return { name: service };
  const slug = slugOf(name) ?? service;
  return slug === name ? { name } : { name: slug, title: name };
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
 * only. The resource keeps its name: a new one for people is its title.
 */
export function changedConnection(
  connector: Connector,
  { apiVersion, kind, metadata, spec }: Resource<'Connection'>,
  { service = spec.connector, enabled, name, settings, synchronizations }: IntegrationFields,
): Resource<'Connection'> {
  const { title: _, settings: before = {}, ...rest } = spec;
  const title = name === undefined ? spec.title : name === metadata.name ? undefined : name;
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
      ...(enabled === undefined ? {} : { enabled }),
      ...(Object.keys(merged).length === 0 ? {} : { settings: merged }),
      ...(synchronizations === undefined ? {} : { synchronizations }),
    },
  };
}

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
