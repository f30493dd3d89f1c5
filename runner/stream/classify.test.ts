import { describe, expect, it } from 'vitest';
import type { ErrorCodeName } from '../../foundation/errors.ts';
import { classify, type FailureClass } from './classify.ts';

describe('a failed write', () => {
  it.each<[ErrorCodeName, boolean, FailureClass]>([
    ['destination_unreachable', true, 'down'],
    ['destination_unreachable', false, 'down'],
    ['destination_gone', false, 'stall'],
    ['destination_failed', true, 'retry'],
    ['destination_failed', false, 'apart'],
    ['internal', false, 'apart'],
    ['unavailable', true, 'retry'],
    ['invalid_settings', false, 'stall'],
    ['path_refused', false, 'stall'],
    ['address_refused', false, 'stall'],
    ['reference_not_found', false, 'stall'],
    ['reference_not_found', true, 'retry'],
  ])('%s (retryable: %s) means %s', (code, retryable, expected) => {
    expect(classify({ code, retryable })).toBe(expected);
  });
});
