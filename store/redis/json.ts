import { HeadgateError } from '../../foundation/errors.ts';

export { toJson } from '../sqlite/json.ts';

/** The value of a stored JSON text. A text that is no JSON was not written by Headgate: `store_corrupt`. */
export function fromJson(text: string, shown: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new HeadgateError('store_corrupt', `the store ${shown} is damaged: a stored value is not JSON`, {
      at: shown,
      hint: 'see what else writes to keys with this prefix; restore a backup of Redis',
      cause: error,
    });
  }
}
