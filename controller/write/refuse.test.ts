import { expect, it } from 'vitest';
import type { ErrorRecord } from '../../foundation/errors.ts';
import { refuseNewErrors } from './refuse.ts';

const error = (message: string, at: string): ErrorRecord => ({ code: 'invalid_resource', message, at });

it('lets errors pass that were there before, wherever they stand now', () => {
  const before = [
    error('a is bad', 'x.yaml:3:1'),
    error('b is declared twice: in x.yaml:1 and in y.yaml:2', 'y.yaml:2'),
  ];
  const after = [
    error('a is bad', 'x.yaml:9:4'),
    error('b is declared twice: in x.yaml:5 and in y.yaml:2', 'y.yaml:2'),
  ];
  expect(() => refuseNewErrors(after, before)).not.toThrow();
  expect(() => refuseNewErrors([], before)).not.toThrow();
});

it('throws what is new, as a sync tells it, and one more of the same too', () => {
  const known = error('a is bad', 'x.yaml:3:1');
  const issues = [{ pointer: '/spec/schedule', message: 'not a schedule', at: 'z.yaml:4:3' }];
  const fresh: ErrorRecord = { ...error('z is bad', 'z.yaml:4:3'), hint: 'mend it', issues };
  expect(() => refuseNewErrors([known, fresh], [known])).toThrow(
    expect.objectContaining({
      code: 'invalid_resource',
      message: 'z is bad',
      at: 'z.yaml:4:3',
      hint: 'mend it',
      issues,
    }),
  );
  expect(() => refuseNewErrors([known, { ...known, at: 'x.yaml:8:1' }], [known])).toThrow('a is bad');
  expect(() => refuseNewErrors([fresh, known], [])).toThrow('z is bad (and 1 more)');
});
