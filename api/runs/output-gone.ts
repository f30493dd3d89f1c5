import { HeadgateError } from '../../foundation/errors.ts';

/** The output was there once. */
export function outputGone(): HeadgateError {
  return new HeadgateError('not_found', 'the output is not there any more', {
    hint: 'run the pipeline again; outputs go with the history of runs',
  });
}
