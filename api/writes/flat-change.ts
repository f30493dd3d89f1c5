/** From what a flat body says to the resource that Git shall declare. Pure. */
import { API_VERSION, type PipelineSpec, type Resource } from '../../crds/index.ts';
import { contentHash } from '../../foundation/ids.ts';
import { DOMAIN, DOMAIN_NAME, scheduleOf } from '../views/pipeline.ts';
import type { FlatChange } from './flat.ts';
import { mergePatch } from './merge.ts';
import { slugOf } from './names.ts';

type Json = Readonly<Record<string, unknown>>;
type Declared = Pick<Resource<'Pipeline'>, 'metadata'> & { readonly spec: Json };

/** Two names of the same part, of which a resource has one. */
const EITHER = [
  ['source', 'sources'],
  ['destination', 'destinations'],
  ['transform', 'transforms'],
] as const;

const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const HASH_DIGITS = 8;

/**
 * What a new pipeline is called. A name that has the form of a resource's is meant as such; any other one is for people, and
 * the resource is called alike: the same text gives the same name, in any script. Beside a `machineName` every name is for people.
 */
export function resourceNameOf(name: string, machineName?: string): { readonly name: string; readonly exact: boolean } {
  const isName = NAME.test(name) && name.length <= 253;
  if (isName && (machineName === undefined || machineName === name)) return { name, exact: true };
  const slug = (machineName === undefined ? null : slugOf(machineName)) ?? slugOf(name);
  return { name: slug ?? `pipeline-${contentHash(name).slice(0, HASH_DIGITS)}`, exact: false };
}

/** A new pipeline under the name of `resourceNameOf`. Not checked yet. */
export function newPipeline(change: FlatChange, metadata: { readonly name: string; readonly namespace: string }): Json {
  const made = changedPipeline({ metadata, spec: {} }, change, 'replace');
  return { apiVersion: API_VERSION, kind: 'Pipeline', ...made };
}

/**
 * The pipeline with what the body says of it. `replace`: a part that is given takes the place of the old one; `merge`:
 * members of parts are merged (RFC 7396). What is left out stays. Another name is one for people: the resource keeps its own.
 */
export function changedPipeline(before: Declared, change: FlatChange, how: 'replace' | 'merge'): Declared {
  const { metadata } = before;
  const title = change.name === undefined || change.name === metadata.name ? {} : { title: change.name };
  const wish: Json = { ...title, ...withSchedule(before.spec, change) };
  let spec: Record<string, unknown> =
    how === 'merge' ? mergePatch(before.spec, wish) : withoutNulls({ ...before.spec, ...wish });
  for (const [one, other] of EITHER) {
    if (wish[one] != null) delete spec[other];
    else if (wish[other] != null) delete spec[one];
  }
  if (how === 'merge') spec = withoutOtherPlace(spec, wish);
  for (const role of ['source', 'destination'] as const) {
    const connection = change.connections[role];
    if (connection !== undefined) spec = withConnection(spec, role, connection);
  }
  // The default needs no word, and every answer says it.
  if (before.spec['enabled'] === undefined && spec['enabled'] === true) delete spec['enabled'];
  if (change.batchSize !== undefined) {
    spec['batch'] = { ...(spec['batch'] as Json | undefined), size: change.batchSize };
  }
  return { metadata: changedMetadata(metadata, change, how), spec };
}

function changedMetadata(
  metadata: Declared['metadata'],
  { labels, allLabels, domainName }: FlatChange,
  how: 'replace' | 'merge',
): Declared['metadata'] {
  const { labels: oldLabels = {}, annotations: oldAnnotations = {}, ...rest } = metadata;
  const newLabels = mergePatch(allLabels && how === 'replace' ? {} : oldLabels, labels) as Record<string, string>;
  // The name of a domain is that of the one before, when another one is chosen.
  const name = domainName === undefined && newLabels[DOMAIN] !== oldLabels[DOMAIN] ? null : domainName;
  const annotations = mergePatch(oldAnnotations, name === undefined ? {} : { [DOMAIN_NAME]: name });
  return {
    ...rest,
    ...(Object.keys(newLabels).length === 0 ? {} : { labels: newLabels }),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations: annotations as Record<string, string> }),
  };
}

/** A schedule as answers show it: time zone and policies that the body does not speak of stay. */
function withSchedule(before: Json, { spec, timeZone }: FlatChange): Json {
  const { schedule } = spec;
  const declared = before['schedule'] as PipelineSpec['schedule'];
  const shown = scheduleOf({ schedule: declared });
  if (timeZone === undefined && schedule === undefined) return spec;
  if (schedule !== undefined && typeof schedule !== 'string') return spec;
  const cron = schedule ?? shown.schedule;
  if (cron === null) return spec;
  const several = cron.split('|').map((one) => one.trim());
  const expressions = several.length === 1 ? cron : several;
  if (typeof declared === 'object') {
    const { cron: old, timeZone: oldZone, ...rest } = declared;
    const zone = timeZone === undefined ? oldZone : (timeZone ?? 'UTC');
    const kept = { ...(zone === undefined ? {} : { timeZone: zone }), ...rest };
    return { ...spec, schedule: { cron: cron === shown.schedule ? old : expressions, ...kept } };
  }
  const zone = timeZone ?? 'UTC';
  if (zone === 'UTC') return { ...spec, schedule: several.length === 1 ? cron : { cron: several } };
  return { ...spec, schedule: { cron: expressions, timeZone: zone } };
}

/** Where a patch names a connector, the connection goes, and the other way round. */
function withoutOtherPlace(spec: Json, wish: Json): Record<string, unknown> {
  const out = { ...spec };
  for (const role of ['source', 'destination']) {
    const given = wish[role] as Json | null | undefined;
    if (given == null) continue;
    const { connection, connector, settings, ...rest } = out[role] as Json;
    if (given['connection'] != null) {
      out[role] = { connection, ...(given['settings'] == null ? {} : { settings }), ...rest };
    } else if (given['connector'] != null) {
      out[role] = { connector, ...(settings === undefined ? {} : { settings }), ...rest };
    }
  }
  return out;
}

/** Another connection for what is read or written first; its stream, mode and the like stay. */
function withConnection(spec: Json, role: 'source' | 'destination', name: string): Record<string, unknown> {
  const at = (given: Json = {}): Json => {
    const { connector: _connector, settings: _settings, connection: _connection, ...rest } = given;
    return { connection: name, ...rest };
  };
  const several = spec[`${role}s`] as readonly Json[] | undefined;
  if (several === undefined) return { ...spec, [role]: at(spec[role] as Json | undefined) };
  return { ...spec, [`${role}s`]: [at(several[0]), ...several.slice(1)] };
}

const withoutNulls = (value: Json): Record<string, unknown> =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null && member !== undefined));
