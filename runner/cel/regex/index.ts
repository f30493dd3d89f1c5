/**
 * RE2 patterns (https://github.com/google/re2/wiki/Syntax) for the record form, where JavaScript's own would not do: they
 * mean other things in places, and some of them take years for a short text that an outsider sends. These take time in
 * proportion to the text. What is not supported is refused, so that a pattern never means one thing in a batch and another in a stream.
 */
import { parsePattern } from './parse.ts';
import { compileProgram, search } from './program.ts';

/** Makes a test for a pattern, which may match anywhere in the text. Throws by `invalid` what it does not take. */
export function compilePattern(pattern: string, invalid: (message: string) => Error): (text: string) => boolean {
  const program = compileProgram(parsePattern(pattern, invalid), invalid);
  return (text) => search(program, text);
}
