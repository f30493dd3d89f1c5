/** What requests to a bucket are signed with. */
import { HeadgateError } from '../../foundation/errors.ts';

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Variables of their own: `AWS_…` are those of pipelines, and pipelines may refer to them. */
export const S3_CREDENTIAL_VARIABLES = {
  accessKeyId: 'HEADGATE_OUTPUTS_S3_ACCESS_KEY_ID',
  secretAccessKey: 'HEADGATE_OUTPUTS_S3_SECRET_ACCESS_KEY',
  sessionToken: 'HEADGATE_OUTPUTS_S3_SESSION_TOKEN',
} as const;

/** Undefined when there are none. Throws `invalid_request` when there is only one half of them. */
export function readS3Credentials(env: Readonly<Record<string, string | undefined>>): S3Credentials | undefined {
  const of = (name: keyof typeof S3_CREDENTIAL_VARIABLES): string | undefined =>
    env[S3_CREDENTIAL_VARIABLES[name]]?.trim() || undefined;
  const accessKeyId = of('accessKeyId');
  const secretAccessKey = of('secretAccessKey');
  const sessionToken = of('sessionToken');
  if (accessKeyId === undefined && secretAccessKey === undefined) return undefined;
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    const missing = S3_CREDENTIAL_VARIABLES[accessKeyId === undefined ? 'accessKeyId' : 'secretAccessKey'];
    throw new HeadgateError('invalid_request', `the environment variable ${missing} is missing`, { at: missing });
  }
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}
