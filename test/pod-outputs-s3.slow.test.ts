/** Outputs of runs in Pods that go to a bucket, and from there through the API: real processes, and a real server of the S3 protocol. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openOutput, type OutputPlaces } from '../api/runs/output.ts';
import { createSlots } from '../api/http/slots.ts';
import { RunFiles } from '../controller/reconcile/run-files.ts';
import { Handover } from '../controller/runners/handover.ts';
import { installation, type Installation, type Pipeline } from '../runner/engine/testing.ts';
import type { RunAssignment } from '../runner/spec.ts';
import { S3_CREDENTIAL_VARIABLES, type S3Credentials } from '../store/objects/credentials.ts';
import { locationUrl } from '../store/objects/location.ts';
import { S3Objects } from '../store/objects/s3.ts';
import type { RunRecord } from '../store/ports.ts';
import { pods, type Pods } from './pods.ts';
import { eventually } from './server.ts';
import { redisMissing, startRedis, type RedisServer } from './servers/redis.ts';
import { s3Missing, s3Proxy, startS3, type S3Server } from './servers/s3.ts';

const NEVER = new AbortController().signal;
const missing = s3Missing() ?? (await redisMissing());

let redis: RedisServer;
let server: S3Server;
let here: Installation;
let cluster: Pods;
let handover: Handover;
let objects: S3Objects;
let places: OutputPlaces;

const rows = (count: number): Pipeline => ({
  sources: [{ connector: 'generator', settings: { rows: count }, stream: 'orders' }],
  destinations: [{ connector: 'file', settings: { path: 'out.csv' } }],
});

const credentialVariables = ({ accessKeyId, secretAccessKey }: S3Credentials): Record<string, string> => ({
  [S3_CREDENTIAL_VARIABLES.accessKeyId]: accessKeyId,
  [S3_CREDENTIAL_VARIABLES.secretAccessKey]: secretAccessKey,
});

const runOf = async ({ runId }: RunAssignment): Promise<RunRecord> => (await here.store.runs.get(runId))!;

describe.skipIf(missing !== null)(`outputs of Pods on S3${missing === null ? '' : `: skipped, ${missing}`}`, () => {
  beforeAll(async () => {
    [redis, server] = await Promise.all([startRedis(), startS3()]);
  });
  afterAll(() => Promise.all([redis?.stop(), server?.stop()]));
  beforeEach(async () => {
    here = await installation(redis.fresh());
    cluster = await pods(here.storeUrl);
    handover = new Handover({ blobs: here.store.blobs, clock: Date.now });
    objects = new S3Objects({ location: server.location('lake/headgate'), credentials: server.credentials });
    const scratch = join(cluster.folder, 'scratch');
    const downloads = createSlots('downloads', 2);
    places = { dataDir: here.dataDir, remoteOutputs: { objects, scratch, scratchBytes: 1e9, downloads } };
  });
  afterEach(async () => {
    await cluster.dispose();
    await objects.close();
    await here.close();
  });

  const variables = (over: Record<string, string> = {}): Record<string, string> => ({
    HEADGATE_OUTPUTS_S3: locationUrl(server.location('lake/headgate')),
    ...credentialVariables(server.credentials),
    ...over,
  });

  test('an output goes to the bucket, files to the volume; the API reads it, and it goes with its record', async () => {
    const shared = join(cluster.folder, 'shared');
    await mkdir(shared);
    const assignment = await here.claim(rows(50_000));
    const name = await handover.run(assignment, NEVER);
    const pod = await cluster.start('a', name, variables({ HEADGATE_OUTPUTS: shared }));
    expect(await pod.ended, pod.log()).toBe(0);
    const run = await runOf(assignment);
    expect(run).toMatchObject({
      status: 'success',
      outputFile: `s3://outputs/lake/headgate/runs/${run.id}/output.parquet`,
      warning: null,
    });
    const file = await openOutput(run, places, NEVER);
    expect(file.size).toBe(run.outputFileSize);
    const count = await here.query(`SELECT count(*)::INTEGER AS n FROM '${await file.local()}'`);
    expect(count).toEqual([{ n: 50_000 }]);
    await file.close();
    expect(await here.query(`SELECT count(*)::INTEGER AS n FROM '${join(shared, 'files/out.csv')}'`)).toEqual(count);

    const files = new RunFiles(here.dataDir, objects);
    await files.discard([run.id]);
    await (await openOutput(run, places, NEVER)).close();
    await files.remove([run.id]);
    await expect(openOutput(run, places, NEVER)).rejects.toMatchObject({ code: 'not_found' });
  });

  test.each<[string, () => Record<string, string>, RegExp]>([
    [
      'wrong credentials',
      () => credentialVariables({ accessKeyId: 'headgate', secretAccessKey: 'wr0ng-secret' }),
      /not kept: s3:.*cannot be written: .*SignatureDoesNotMatch/,
    ],
    [
      'a Secret that is not there',
      () => ({
        ...credentialVariables({ accessKeyId: '', secretAccessKey: '' }),
        HEADGATE_OUTPUTS_S3_SECRET: 'bucket',
      }),
      /there is no Secret bucket with the keys access-key-id and secret-access-key in namespace default/,
    ],
    [
      'no credentials at all',
      () => ({
        ...credentialVariables({ accessKeyId: '', secretAccessKey: '' }),
        AWS_CONFIG_FILE: '/dev/null',
        AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
        AWS_EC2_METADATA_DISABLED: 'true',
      }),
      /cannot be written: Could not load credentials/,
    ],
    [
      'a bucket that is not there',
      () => ({ HEADGATE_OUTPUTS_S3: locationUrl({ ...server.location(), bucket: 'none-such' }) }),
      /s3:\/\/none-such\/runs\/.*NoSuchBucket/,
    ],
    [
      'a server that is not there',
      () => ({ HEADGATE_OUTPUTS_S3: locationUrl({ ...server.location(), endpoint: 'http://127.0.0.1:9' }) }),
      /ECONNREFUSED/,
    ],
  ])('the run is a success with a warning: %s', async (_, over, message) => {
    const assignment = await here.claim(rows(3));
    const pod = await cluster.start('a', await handover.run(assignment, NEVER), variables(over()));
    expect(await pod.ended, pod.log()).toBe(0);
    const run = await runOf(assignment);
    expect(run).toMatchObject({ status: 'success', rowsLoaded: 3, outputFile: null, outputFileSize: null });
    expect(run.warning).toMatchObject({ code: 'output_not_kept', message: expect.stringMatching(message) });
    expect(pod.log() + (await here.logs(run.id))).not.toContain('wr0ng-secret');
    await expect(openOutput(run, places, NEVER)).rejects.toThrow(message);
  });

  test('a Pod that is to end gives the upload up, and the run is recorded all the same', async () => {
    const proxy = await s3Proxy(server.endpoint, () => 'hang');
    try {
      const location = { ...server.location(), endpoint: proxy.endpoint };
      const assignment = await here.claim(rows(3));
      const over = variables({ HEADGATE_OUTPUTS_S3: locationUrl(location), HEADGATE_GRACE: '2' });
      const pod = await cluster.start('a', await handover.run(assignment, NEVER), over);
      await eventually('the upload to begin', async () => proxy.seen.length > 0, 30_000);
      pod.child.kill('SIGTERM');
      expect(await pod.ended, pod.log()).toBe(0);
      expect(await runOf(assignment)).toMatchObject({ status: 'success', warning: { code: 'output_not_kept' } });
    } finally {
      await proxy.close();
    }
  });

  test('credentials that the Pod has by itself are good, too', async () => {
    const { accessKeyId, secretAccessKey } = server.credentials;
    const none = credentialVariables({ accessKeyId: '', secretAccessKey: '' });
    const own = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
    const assignment = await here.claim(rows(3));
    const over = variables({ ...none, ...own });
    const pod = await cluster.start('a', await handover.run(assignment, NEVER), over);
    expect(await pod.ended, pod.log()).toBe(0);
    const file = await openOutput(await runOf(assignment), places, NEVER);
    await file.close();
  });

  test('pipelines cannot refer to the credentials of the bucket', async () => {
    const pipeline = rows(1);
    const path = `\${env:${S3_CREDENTIAL_VARIABLES.secretAccessKey}}.csv`;
    const assignment = await here.claim({ ...pipeline, destinations: [{ connector: 'file', settings: { path } }] });
    const pod = await cluster.start('a', await handover.run(assignment, NEVER), variables());
    expect(await pod.ended).toBe(1);
    expect((await runOf(assignment)).error?.code).toBe('reference_not_found');
  });

  test('a bucket that is named wrongly ends the Pod before it does anything', async () => {
    const assignment = await here.claim(rows(1));
    const over = variables({ HEADGATE_OUTPUTS_S3: 's3://Bucket' });
    const pod = await cluster.start('a', await handover.run(assignment, NEVER), over);
    expect(await pod.ended).toBe(64);
    expect(pod.log()).toContain("'Bucket' is no name of a bucket");
  });
});
