/** The bucket with the outputs of runs, as the server reads it and deletes from it. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createSlots } from '../../api/http/slots.ts';
import type { RemoteOutputs } from '../../api/runs/output.ts';
import { readS3Credentials } from '../../store/objects/credentials.ts';
import type { ObjectsLocation } from '../../store/objects/location.ts';
import { S3Objects } from '../../store/objects/s3.ts';
import type { ServerOptions } from './types.ts';

/** One request, in milliseconds, and how often it is tried: a client waits meanwhile. */
const REQUEST_MS = 15_000;
const ATTEMPTS = 3;
/** The largest output that is converted here, in bytes; as many at a time as there may be conversions. */
const SCRATCH_BYTES = 2 * 1024 ** 3;
const DOWNLOADS = 32;
const SCRATCH = 'output-scratch';

/** Asks nothing of the storage yet. Throws `invalid_request` for credentials without their other half. */
export async function openOutputsS3(
  location: ObjectsLocation,
  { dataDir, env }: Pick<ServerOptions, 'dataDir' | 'env'>,
): Promise<RemoteOutputs> {
  const credentials = readS3Credentials(env);
  const scratch = join(dataDir, SCRATCH);
  // What a process before this one was in the middle of.
  await rm(scratch, { recursive: true, force: true });
  return {
    objects: new S3Objects({
      location,
      ...(credentials === undefined ? {} : { credentials }),
      requestMs: REQUEST_MS,
      attempts: ATTEMPTS,
    }),
    scratch,
    scratchBytes: SCRATCH_BYTES,
    downloads: createSlots('downloads', DOWNLOADS),
  };
}
