import { HeadgateError, isHeadgateError } from '../../foundation/errors.ts';

export interface Lookups {
  /** What `look` answers; null when it throws `reference_not_found`, which `done` then throws. */
  try<T>(look: () => T): T | null;
  /** Throws when something was not found: the first error, with the issues of all. */
  done(): void;
}

/** Several lookups of one body, so that an answer names all that is not there. */
export function lookups(): Lookups {
  const missed: HeadgateError[] = [];
  return {
    try(look) {
      try {
        return look();
      } catch (error) {
        if (!isHeadgateError(error) || error.code !== 'reference_not_found') throw error;
        missed.push(error);
        return null;
      }
    },
    done() {
      const [first] = missed;
      if (first === undefined) return;
      const { code, message, hint } = first;
      const more = missed.length === 1 ? '' : ` (and ${missed.length - 1} more)`;
      throw new HeadgateError(code, `${message}${more}`, { hint, issues: missed.flatMap(({ issues }) => issues) });
    },
  };
}
