import { HeadgateError } from '../../../../foundation/errors.ts';
import { parseDuration } from '../../../../foundation/time.ts';
import { parseQuantity } from '../../../../crds/quantity.ts';
import type { FileSettings } from '../settings.ts';

/** When a part is complete. */
export interface Rotation {
  readonly intervalMs: number;
  readonly bytes: number;
}

const DEFAULT_INTERVAL = '5m';
const DEFAULT_SIZE = '128Mi';
const LEAST_INTERVAL = 1000;
const LONGEST_INTERVAL = 7 * 86_400_000;
const LEAST_SIZE = 64 * 1024;
const LARGEST_SIZE = 16 * 2 ** 30;

/** Throws `invalid_settings`. */
export function rotationOf({ rotate = {} }: Pick<FileSettings, 'rotate'>): Rotation {
  const intervalMs = parseDuration(rotate.interval ?? DEFAULT_INTERVAL);
  const bytes = parseQuantity(rotate.size ?? DEFAULT_SIZE);
  if (intervalMs < LEAST_INTERVAL || intervalMs > LONGEST_INTERVAL) {
    throw new HeadgateError('invalid_settings', '`rotate.interval` is not between 1s and 7d');
  }
  if (bytes === null || bytes < LEAST_SIZE || bytes > LARGEST_SIZE) {
    throw new HeadgateError('invalid_settings', '`rotate.size` is no size between 64Ki and 16Gi', {
      hint: 'for example 128Mi',
    });
  }
  return { intervalMs, bytes };
}
