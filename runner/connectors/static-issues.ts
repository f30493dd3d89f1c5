/** Mistakes that can be known without running: what a connector's own checks throw, as issues of the declaration. */
import { HeadgateError, type Issue } from '../../foundation/errors.ts';

/** The error of Headgate that `check` throws, as an issue at `pointer`; none when it throws nothing. */
export function issuesOf(pointer: string, check: () => unknown): readonly Issue[] {
  try {
    check();
    return [];
  } catch (error) {
    if (!(error instanceof HeadgateError)) throw error;
    const { code, message, hint } = error;
    return [{ pointer, code, message, ...(hint === undefined ? {} : { hint }) }];
  }
}

/** Whether a text is what will be used: nothing in it is put in later. */
export const isFinal = (text: string | undefined): text is string => text !== undefined && !text.includes('${');

/** The issue of a source that needs a stream or a query and has neither. */
export function lacksStream(connector: string, example: string): Issue {
  return {
    pointer: '/stream',
    code: 'invalid_resource',
    message: `a source of connector ${connector} needs \`stream\` or \`query\``,
    hint: `stream: ${example}`,
  };
}
