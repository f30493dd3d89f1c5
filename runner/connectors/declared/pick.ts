import { HeadgateError } from '../../../foundation/errors.ts';
import { nearest } from '../../../crds/nearest.ts';

/** The stream or action of that name; without a name the only one. Throws `invalid_settings`. */
export function pick<T>(items: ReadonlyMap<string, T>, name: string | undefined, what: 'stream' | 'action'): T {
  if (name === undefined) {
    const [only] = items.values();
    if (items.size === 1 && only !== undefined) return only;
    throw new HeadgateError('invalid_settings', `\`stream\` is missing: the connector has several ${what}s`, {
      hint: `one of ${[...items.keys()].join(', ')}`,
    });
  }
  const found = items.get(name);
  if (found !== undefined) return found;
  const near = nearest(name, [...items.keys()]);
  throw new HeadgateError('invalid_settings', `there is no ${what} '${name.slice(0, 100)}'`, {
    hint: near === undefined ? `there are: ${[...items.keys()].join(', ')}` : `did you mean '${near}'?`,
  });
}
