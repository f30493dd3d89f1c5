/** What the table of what authors may set is made of. */
import { HeadgateError } from '../../../foundation/errors.ts';
import { isMap } from './merge.ts';
import type { ReferencedSecret } from './types.ts';

/** Throws by `refuse`. */
export type Check = (value: unknown, at: string, secrets: readonly ReferencedSecret[]) => void;

export function refuse(at: string, why: string): never {
  throw new HeadgateError('pod_refused', `${at} ${why}`, {
    at,
    hint: 'leave it out, or let the operator of this installation allow all Pod templates (`runners.allowPodTemplate: any`)',
  });
}

export const anything: Check = () => undefined;

export const only =
  (allowed: readonly unknown[], why: string): Check =>
  (value, at) => {
    if (!allowed.includes(value)) refuse(at, why);
  };

/** A map with these fields and no others. */
export const fields =
  (known: Readonly<Record<string, Check>>): Check =>
  (value, at, secrets) => {
    if (!isMap(value)) return refuse(at, 'is no map');
    for (const [name, member] of Object.entries(value)) {
      const place = `${at}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      if (!Object.hasOwn(known, name)) refuse(place, 'is not for pipelines to set');
      if (member === null) refuse(place, 'takes away what is set for all pipelines');
      known[name]!(member, place, secrets);
    }
  };

export const each =
  (item: Check): Check =>
  (value, at, secrets) => {
    if (!Array.isArray(value)) return refuse(at, 'is no list');
    for (const [index, member] of value.entries()) item(member, `${at}/${index}`, secrets);
  };

/** A map from names to texts, but for these names. */
export const namesBut =
  (reserved: RegExp, why: string): Check =>
  (value, at) => {
    if (!isMap(value)) return refuse(at, 'is no map');
    for (const name of Object.keys(value))
      if (reserved.test(name)) refuse(`${at}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, why);
  };
