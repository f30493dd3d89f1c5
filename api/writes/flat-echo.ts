/** What a flat body only repeats of the answer that it was made from. Pure. */
import { isDeepStrictEqual } from 'node:util';
import { DOMAIN, type PipelineView } from '../views/pipeline.ts';
import type { FlatPipeline } from './flat.ts';

type Json = Readonly<Record<string, unknown>>;

/**
 * The body of an update without the fields that stand as `shown` has them. An answer says many things twice: `schedule` and
 * `config.schedule`, `name` and `title` under `/api`. Of an answer that comes back with a change, the changed one counts,
 * wherever it stands; and defaults that it shows are not written down. `titled`: `name` is the title where there is one.
 */
export function withoutEcho(body: FlatPipeline, shown: PipelineView, titled: boolean): FlatPipeline {
  const { name, config, ...own } = body;
  const { name: machineName, ...inner } = config ?? {};
  const view: Json = { ...shown };
  const declared: Json = shown.config ?? {};
  const top = changedIn(own, (field) => (field in view ? view[field] : declared[field]));
  const nested = changedIn(inner, (field) => (field in declared ? declared[field] : view[field]));
  const both: Json = { ...nested, ...top };
  return {
    ...top,
    ...nameOf(name, shown, titled),
    ...completing({ ...inner, ...own }, both, declared),
    ...(config == null ? {} : { config: { ...(machineName === undefined ? {} : { name: machineName }), ...nested } }),
  };
}

function changedIn(given: Json, shown: (field: string) => unknown): Json {
  return Object.fromEntries(Object.entries(given).filter(([field, value]) => !isDeepStrictEqual(value, shown(field))));
}

function nameOf(name: string | undefined, shown: PipelineView, titled: boolean): FlatPipeline {
  if (name === undefined || name === (titled ? (shown.title ?? shown.name) : shown.title)) return {};
  if (!titled) return { name };
  // Called like the resource: that needs no title.
  return { title: name === shown.name ? null : name };
}

/** Fields that complete another one, which is given without them: unchanged as they are, they are meant to hold on. */
function completing(given: Json, changed: Json, declared: Json): FlatPipeline {
  const kept: Record<string, unknown> = {};
  const keep = (field: string, when: boolean): void => {
    if (when && given[field] != null) kept[field] = given[field];
  };
  const { labels, batch } = changed as { labels?: Json | null; batch?: Json | null };
  keep('domain_id', labels != null && !(DOMAIN in labels));
  const size = (declared['batch'] as Json | undefined)?.['size'];
  keep('batch_size', batch != null && !('size' in batch) && size !== undefined);
  for (const role of ['source', 'destination'])
    keep(`${role}_id`, changed[role] != null || changed[`${role}s`] != null);
  return kept;
}
