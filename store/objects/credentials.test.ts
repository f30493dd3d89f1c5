import { expect, test } from 'vitest';
import { readS3Credentials } from './credentials.ts';

const ID = 'HEADGATE_OUTPUTS_S3_ACCESS_KEY_ID';
const SECRET = 'HEADGATE_OUTPUTS_S3_SECRET_ACCESS_KEY';

test('credentials come from variables of their own', () => {
  expect(readS3Credentials({ AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' })).toBeUndefined();
  expect(readS3Credentials({ [ID]: '', [SECRET]: '' })).toBeUndefined();
  // Secrets that were made from files end with a line break.
  expect(readS3Credentials({ [ID]: 'a\n', [SECRET]: 'b\n' })).toEqual({ accessKeyId: 'a', secretAccessKey: 'b' });
  expect(readS3Credentials({ [ID]: 'a', [SECRET]: 'b', HEADGATE_OUTPUTS_S3_SESSION_TOKEN: 'c' })).toMatchObject({
    sessionToken: 'c',
  });
});

test.each([
  [{ [ID]: 'the-id' }, SECRET],
  [{ [SECRET]: 'the-secret' }, ID],
])('one half alone is refused, by name', (env, missing) => {
  expect(() => readS3Credentials(env)).toThrow(missing);
  expect(() => readS3Credentials(env)).not.toThrow(/the-/);
});
