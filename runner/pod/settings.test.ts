import { describe, expect, it } from 'vitest';
import { readPodEnvironment } from './settings.ts';

const GOOD = { HEADGATE_STORE: 'redis://h:6379', HEADGATE_ASSIGNMENT: 'run/run_1/2', HEADGATE_DATA: '/data' };

describe('the environment of a Pod', () => {
  it('has defaults for what is left out', () => {
    expect(readPodEnvironment(GOOD, 'pod-a')).toEqual({
      store: 'redis://h:6379',
      assignment: 'run/run_1/2',
      task: { kind: 'run', runId: 'run_1', attempt: 2 },
      data: '/data',
      secrets: '/run/headgate/secrets',
      graceMs: 30_000,
      healthPort: 8081,
      pod: 'pod-a',
      variables: {},
    });
  });

  it('is read', () => {
    const more = {
      HEADGATE_OUTPUTS: '/shared/',
      HEADGATE_SECRETS: '/s',
      HEADGATE_GRACE: '90',
      HEADGATE_HEALTH_PORT: '0',
      HEADGATE_LOG_LEVEL: 'debug',
      HEADGATE_POD: 'pod-b',
    };
    expect(readPodEnvironment({ ...GOOD, ...more }, 'pod-a')).toMatchObject({
      outputs: '/shared/',
      secrets: '/s',
      graceMs: 90_000,
      healthPort: 0,
      logLevel: 'debug',
      pod: 'pod-b',
    });
  });

  it('may name a bucket, whose credentials no pipeline is lent', () => {
    const bucket = {
      HEADGATE_OUTPUTS_S3: 's3://data/x?region=r1',
      HEADGATE_OUTPUTS_S3_SECRET: 'bucket',
      HEADGATE_OUTPUTS_S3_ACCESS_KEY_ID: 'a',
      HEADGATE_OUTPUTS_S3_SECRET_ACCESS_KEY: 'b',
    };
    const location = { bucket: 'data', prefix: 'x', region: 'r1', pathStyle: false };
    expect(readPodEnvironment({ ...GOOD, ...bucket }, 'p')).toMatchObject({
      outputsS3: { location, secret: 'bucket', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } },
      variables: {},
    });
    const half = readPodEnvironment({ ...GOOD, ...bucket, HEADGATE_OUTPUTS_S3_ACCESS_KEY_ID: ' ' }, 'p');
    expect(half.outputsS3).toEqual({ location, secret: 'bucket' });
    const none = readPodEnvironment({ ...GOOD, HEADGATE_OUTPUTS_S3: bucket.HEADGATE_OUTPUTS_S3 }, 'p');
    expect(none.outputsS3).toEqual({ location });
    expect(() => readPodEnvironment({ ...GOOD, ...bucket, HEADGATE_OUTPUTS_S3: 's3://' }, 'p')).toThrow('bucket');
  });

  it('lends pipelines everything but its own', () => {
    const env = { ...GOOD, HEADGATE_SECRET_KEY: 'k', headgate_x: 'y', HEADGATE_VAR_REGION: 'eu', HTTPS_PROXY: 'p' };
    expect(readPodEnvironment(env, 'pod-a').variables).toEqual({ HEADGATE_VAR_REGION: 'eu', HTTPS_PROXY: 'p' });
  });

  it.each([
    ['stream/pl_1/abc', { kind: 'stream', pipelineId: 'pl_1', hash: 'abc' }],
    ['check/chk_1', { kind: 'check', checkId: 'chk_1' }],
  ])('%s is a task', (name, task) => {
    expect(readPodEnvironment({ ...GOOD, HEADGATE_ASSIGNMENT: name }, 'p').task).toEqual(task);
  });

  it.each([
    ['HEADGATE_STORE', ''],
    ['HEADGATE_ASSIGNMENT', undefined],
    ['HEADGATE_ASSIGNMENT', 'run/run_1'],
    ['HEADGATE_ASSIGNMENT', 'run/run_1/0'],
    ['HEADGATE_ASSIGNMENT', 'run/run_1/1/2'],
    ['HEADGATE_ASSIGNMENT', 'run//1'],
    ['HEADGATE_ASSIGNMENT', 'stream/pl_1'],
    ['HEADGATE_ASSIGNMENT', 'check/chk_1/result'],
    ['HEADGATE_ASSIGNMENT', 'file/abc'],
    ['HEADGATE_DATA', undefined],
    ['HEADGATE_DATA', 'data'],
    ['HEADGATE_OUTPUTS', 'out'],
    ['HEADGATE_GRACE', '1m'],
    ['HEADGATE_GRACE', '86401'],
    ['HEADGATE_HEALTH_PORT', '65536'],
  ])('%s is refused as %s', (name, value) => {
    expect(() => readPodEnvironment({ ...GOOD, [name]: value }, 'p')).toThrow(
      expect.objectContaining({ code: 'invalid_request', at: name }) as Error,
    );
  });
});
