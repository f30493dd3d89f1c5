import type { FlatPipeline } from './flat.ts';

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
    return !(field in body) && field in config ? `/config${rest}` : rest;
  };
}
