import { expect, test } from 'vitest';
import { HeadgateError } from '../../foundation/errors.ts';
import { isMissing, storageError } from './errors.ts';

const answered = (name: string, status: number | undefined, message = 'said so'): unknown =>
  Object.assign(new Error(message), {
    name,
    ...(status === undefined ? {} : { $metadata: { httpStatusCode: status } }),
  });

test.each<[unknown, string, string]>([
  [answered('AccessDenied', 403), 'storage_refused', 'x: said so (AccessDenied, 403)'],
  [answered('NoSuchBucket', 404), 'storage_refused', 'x: said so (NoSuchBucket, 404)'],
  [answered('PermanentRedirect', 301), 'storage_refused', 'x: said so (PermanentRedirect, 301)'],
  [answered('403', 403, 'UnknownError'), 'storage_refused', 'x: 403 (403)'],
  [answered('SlowDown', 503), 'unavailable', 'x: said so (SlowDown, 503)'],
  [answered('RequestTimeout', 400), 'unavailable', 'x: said so (RequestTimeout, 400)'],
  [answered('TooManyRequests', 429), 'unavailable', 'x: said so (TooManyRequests, 429)'],
  [answered('CredentialsProviderError', undefined), 'storage_refused', 'x: said so'],
  [Object.assign(new Error(''), { code: 'ECONNREFUSED' }), 'unavailable', 'x: ECONNREFUSED'],
  [answered('Long', 400, 'y'.repeat(500)), 'storage_refused', `x: ${'y'.repeat(300)} (Long, 400)`],
])('%s is %s', (error, code, message) => {
  expect(storageError(error, 'x')).toMatchObject({ code, message, retryable: code === 'unavailable' });
});

test('an error of ours stays as it is', () => {
  const error = new HeadgateError('payload_too_large', 'y');
  expect(storageError(error, 'x')).toBe(error);
});

test.each<[string, number | undefined, boolean]>([
  ['NoSuchKey', 404, true],
  ['NotFound', 404, true],
  ['NoSuchBucket', 404, true],
  ['NoSuchUser', 404, false],
  ['AccessDenied', 403, false],
  ['ECONNRESET', undefined, false],
])('%s (%s): missing is %s', (name, status, missing) => {
  expect(isMissing(answered(name, status))).toBe(missing);
});
