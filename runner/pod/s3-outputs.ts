/** Outputs of runs in a bucket. */
import { HeadgateError } from '../../foundation/errors.ts';
import { outputName } from '../../store/objects/output-name.ts';
import { S3Objects } from '../../store/objects/s3.ts';
import type { Outputs } from '../process.ts';
import type { OutputsS3 } from './settings.ts';

/** An upload that takes longer fails, in milliseconds. */
const UPLOAD_MS = 60 * 60_000;

/**
 * Uploads outputs as `<prefix>/runs/<id>/output.parquet`, and records their URL. Every attempt at a run writes the same object,
 * whole or not at all. Rejects when that fails or takes longer than an hour.
 */
export function s3Outputs({ location, credentials, secret }: OutputsS3, uploadMs = UPLOAD_MS): Outputs {
  return {
    keep: async ({ runId, pipeline }, outcome, signal) => {
      const { outputFile } = outcome;
      if (outputFile === undefined) return outcome;
      if (secret !== undefined && credentials === undefined) throw noSecret(secret, pipeline.workspace);
      const objects = new S3Objects({ location, ...(credentials === undefined ? {} : { credentials }) });
      const name = outputName(runId);
      const late = new AbortController();
      const timer = setTimeout(() => late.abort(tooLong(uploadMs)), uploadMs);
      try {
        await objects.put(name, outputFile, AbortSignal.any([signal, late.signal]));
      } finally {
        clearTimeout(timer);
        await objects.close();
      }
      return { ...outcome, outputFile: objects.urlOf(name) };
    },
  };
}

function tooLong(ms: number): HeadgateError {
  return new HeadgateError('unavailable', `the upload took longer than ${ms / 1000} s`);
}

function noSecret(name: string, namespace: string): HeadgateError {
  const keys = 'access-key-id and secret-access-key';
  return new HeadgateError(
    'storage_refused',
    `there is no Secret ${name} with the keys ${keys} in namespace ${namespace}`,
    {
      hint: `kubectl -n ${namespace} create secret generic ${name} --from-literal=access-key-id=… --from-literal=secret-access-key=…`,
    },
  );
}
