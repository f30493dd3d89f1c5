import type { FlatPipeline } from './flat.ts';

type Json = Readonly<Record<string, unknown>>;

/** Where the fields of the resource stand in a flat body, if it names them otherwise. */
const NAMED: readonly (readonly [prefix: string, field: string])[] = [
  ['/metadata/name', 'name'],
  ['/metadata/labels/headgate.dev~1domain', 'domain_id'],
  ['/metadata/annotations/headgate.dev~1domain-name', 'domain_name'],
  ['/metadata/labels', 'labels'],
  ['/spec/batch/size', 'batch_size'],
  ['/spec/title', 'name'],
  ['/spec/schedule/timeZone', 'time_zone'],
  ['/spec/source/connection', 'source_id'],
  ['/spec/destination/connection', 'destination_id'],
];

/** From pointers into the resource to pointers into the flat body that it was made from. */
export function flatPlaces(body: FlatPipeline): (pointer: string) => string {
  const config: NonNullable<FlatPipeline['config']> = body.config ?? {};
  return (pointer) => {
    for (const [prefix, field] of NAMED) {
      if (!pointer.startsWith(prefix)) continue;
      if (field in body) return `/${field}`;
      if (field in config) return `/config/${field}`;
    }
    const schedule = 'schedule' in body ? body.schedule : config.schedule;
    if (pointer.startsWith('/spec/schedule/') && typeof schedule === 'string') {
      return 'schedule' in body ? '/schedule' : '/config/schedule';
    }
    if (!pointer.startsWith('/spec/')) return pointer;
    const rest = pointer.slice('/spec'.length);
    const [, field = ''] = rest.split('/');
    return field in body || !(field in config) ? inEndpoint(body, '', rest) : inEndpoint(config, '/config', rest);
  };
}

const ENDPOINT = /^\/(sources?|destinations?)(?:\/(\d+))?\/(settings|connector|connection)(?:\/(.+))?$/;

/** Settings, connectors and connections under the names that a loosely named source or destination has for them. */
function inEndpoint(parent: object, prefix: string, pointer: string): string {
  const [, field = '', index, member = '', inner] = ENDPOINT.exec(pointer) ?? [];
  const part = (parent as Json)[field];
  const endpoint = index === undefined ? part : (part as readonly unknown[] | undefined)?.[Number(index)];
  const base = `${prefix}/${field}${index === undefined ? '' : `/${index}`}`;
  if (typeof endpoint === 'string') return base;
  if (typeof endpoint !== 'object' || endpoint === null) return `${prefix}${pointer}`;
  const given = endpoint as Json;
  if (member !== 'settings') {
    const name = [member, member === 'connector' ? 'type' : 'id', 'name'].find((each) => given[each] != null);
    return name === undefined ? base : `${base}/${name}`;
  }
  const names = inner?.split('/') ?? [];
  const { params } = (given['authentication'] ?? {}) as { params?: Json };
  const isIn = (holder: unknown, name = ''): boolean => Object.hasOwn(holder ?? {}, name);
  if (isIn(given['settings'], names[0])) return `${base}/settings/${inner}`;
  if (isIn(given['config'], names[0])) return `${base}/config/${inner}`;
  if (isIn(params, names.at(-1))) return `${base}/authentication/params/${names.at(-1)}`;
  const place = ['settings', 'config', 'authentication'].find((each) => given[each] != null);
  return place === undefined ? base : `${base}/${place}`;
}
