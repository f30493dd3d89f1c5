/** Against a real server of the S3 protocol. */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { CopyObjectCommand, GetObjectCommand, ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { BUCKET, s3Missing, s3Proxy, startS3, type Fate, type S3Proxy, type S3Server } from '../../test/servers/s3.ts';
import { S3Objects, type S3Options } from './s3.ts';

const NEVER = new AbortController().signal;
const MIB = 1024 * 1024;
const missing = s3Missing();

let server: S3Server;
let folder: string;
const closing: (() => Promise<void>)[] = [];

function objects(over: Partial<S3Options> & { endpoint?: string; prefix?: string } = {}): S3Objects {
  const { endpoint = server.endpoint, prefix, ...options } = over;
  const location = { ...server.location(prefix), endpoint };
  const opened = new S3Objects({ location, credentials: server.credentials, requestMs: 10_000, ...options });
  closing.push(() => opened.close());
  return opened;
}

async function proxied(fateOf: (line: string) => Fate): Promise<S3Proxy> {
  const proxy = await s3Proxy(server.endpoint, fateOf);
  closing.push(() => proxy.close());
  return proxy;
}

async function file(bytes: Uint8Array): Promise<string> {
  const path = join(folder, randomBytes(6).toString('hex'));
  await writeFile(path, bytes);
  return path;
}

async function bytesOf(from: S3Objects, name: string, range?: { start: number; end: number }): Promise<Buffer> {
  const info = (await from.find(name, NEVER))!;
  const chunks: Uint8Array[] = [];
  for await (const chunk of from.read(name, info, range ?? { start: 0, end: info.size - 1 }, NEVER)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

async function unfinished(): Promise<number> {
  const client = server.client();
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }));
  client.destroy();
  return Uploads.length;
}

function* pieces(count: (bytes: number) => void): Generator<Uint8Array> {
  for (let n = 0; n < 64; n++) {
    count(MIB);
    yield new Uint8Array(MIB);
  }
}

describe.skipIf(missing !== null)(`objects over S3${missing === null ? '' : `: skipped, ${missing}`}`, () => {
  beforeAll(async () => {
    server = await startS3();
    folder = await mkdtemp(join(tmpdir(), 'headgate-objects-'));
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  afterAll(async () => {
    await server?.stop();
    if (folder !== undefined) await rm(folder, { recursive: true });
  });

  test.each([
    ['a few bytes', 1000],
    ['none', 0],
  ])('what is put is found, read, read in part, and deleted: %s', async (_, size) => {
    const bytes = randomBytes(size);
    const s3 = objects({ prefix: 'a/b' });
    await s3.put('runs/r/output.parquet', await file(bytes), NEVER);
    expect(s3.urlOf('runs/r/output.parquet')).toBe(`s3://${BUCKET}/a/b/runs/r/output.parquet`);
    expect(await s3.find('runs/r/output.parquet', NEVER)).toMatchObject({ size, modified: expect.any(Date) });
    expect(sha(await bytesOf(s3, 'runs/r/output.parquet'))).toBe(sha(bytes));
    if (size > 0) {
      const part = await bytesOf(s3, 'runs/r/output.parquet', { start: 10, end: 19 });
      expect(sha(part)).toBe(sha(bytes.subarray(10, 20)));
    }
    await s3.remove(['runs/r/output.parquet', 'runs/none/output.parquet'], NEVER);
    expect(await s3.find('runs/r/output.parquet', NEVER)).toBeNull();
  });

  test('a large file goes in parts and comes back in chunks', async () => {
    const bytes = randomBytes(35 * MIB + 1);
    const proxy = await proxied(() => 'pass');
    const s3 = objects({ endpoint: proxy.endpoint });
    await s3.put('large', await file(bytes), NEVER);
    expect(proxy.seen.filter((line) => line.includes('partNumber='))).toHaveLength(5);
    expect(sha(await bytesOf(s3, 'large'))).toBe(sha(bytes));
    expect(proxy.seen.filter((line) => line.startsWith('GET'))).toHaveLength(18);
    const around = { start: 8 * MIB - 3, end: 8 * MIB + 3 };
    expect(sha(await bytesOf(s3, 'large', around))).toBe(sha(bytes.subarray(around.start, around.end + 1)));
    expect(await unfinished()).toBe(0);
  });

  test.each(['with space', 'plus+and&more=1', 'ümläut-日本', "it's (one)!", 'a:b@c,d;e', '🙂'])(
    'a prefix may hold odd characters: %s',
    async (prefix) => {
      const bytes = randomBytes(10);
      const s3 = objects({ prefix });
      await s3.put('runs/r/o', await file(bytes), NEVER);
      const client = server.client();
      const { Body } = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: `${prefix}/runs/r/o` }));
      expect(sha(await Body!.transformToByteArray())).toBe(sha(bytes));
      client.destroy();
      expect(sha(await bytesOf(s3, 'runs/r/o'))).toBe(sha(bytes));
      await s3.remove(['runs/r/o'], NEVER);
      expect(await s3.find('runs/r/o', NEVER)).toBeNull();
    },
  );

  test.each([
    ['a wrong secret', { accessKeyId: 'headgate', secretAccessKey: 'wrong-secret-value' }, 'SignatureDoesNotMatch'],
    ['an unknown key', { accessKeyId: 'nobody', secretAccessKey: 'wrong-secret-value' }, 'access key'],
  ])('%s is refused at once, and shown to nobody', async (_, credentials, code) => {
    const proxy = await proxied(() => 'pass');
    const s3 = objects({ credentials, endpoint: proxy.endpoint });
    const path = await file(randomBytes(10));
    const error: unknown = await s3.put('x', path, NEVER).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'storage_refused', retryable: false, message: expect.stringContaining(code) });
    expect(String(error)).not.toContain('wrong-secret-value');
    expect(proxy.seen).toHaveLength(1);
    await expect(s3.remove(['x'], NEVER)).rejects.toMatchObject({ code: 'storage_refused' });
  });

  test('a bucket that is not there: nothing is put, found or left to delete', async () => {
    const location = { ...server.location(), bucket: 'none-such' };
    const s3 = new S3Objects({ location, credentials: server.credentials });
    closing.push(() => s3.close());
    const small = s3.put('x', await file(randomBytes(10)), NEVER);
    await expect(small).rejects.toMatchObject({
      code: 'storage_refused',
      message: expect.stringContaining('NoSuchBucket'),
    });
    const large = s3.put('x', await file(randomBytes(9 * MIB)), NEVER);
    await expect(large).rejects.toMatchObject({ code: 'storage_refused' });
    expect(await s3.find('x', NEVER)).toBeNull();
    await s3.remove(['x'], NEVER);
  });

  test('503 SlowDown is waited out; when it stays so, the end is unavailable', async () => {
    let left = 3;
    const proxy = await proxied(() => (left-- > 0 ? 'slow-down' : 'pass'));
    const bytes = randomBytes(10 * MIB);
    const s3 = objects({ endpoint: proxy.endpoint });
    await s3.put('slow', await file(bytes), NEVER);
    expect(sha(await bytesOf(s3, 'slow'))).toBe(sha(bytes));
    left = Infinity;
    const seen = proxy.seen.length;
    const impatient = objects({ endpoint: proxy.endpoint, attempts: 3 });
    const error: unknown = await impatient.put('slow', await file(randomBytes(10)), NEVER).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'unavailable', retryable: true, message: expect.stringContaining('SlowDown') });
    expect(proxy.seen.length - seen).toBe(3);
  });

  test('an answer that breaks off is asked for again; an object that was replaced meanwhile is not mixed with the old one', async () => {
    let cuts = 2;
    const proxy = await proxied((line) => (line.startsWith('GET') && cuts-- > 0 ? { cutAfter: 1000 } : 'pass'));
    const bytes = randomBytes(3 * MIB);
    const s3 = objects({ endpoint: proxy.endpoint });
    await s3.put('cut', await file(bytes), NEVER);
    expect(sha(await bytesOf(s3, 'cut'))).toBe(sha(bytes));
    expect(cuts).toBeLessThan(0);

    const info = (await s3.find('cut', NEVER))!;
    const reading = s3.read('cut', info, { start: 0, end: info.size - 1 }, NEVER);
    expect((await reading.next()).value).toHaveLength(2 * MIB);
    await s3.put('other', await file(randomBytes(3 * MIB)), NEVER);
    const client = server.client();
    await client.send(new CopyObjectCommand({ Bucket: BUCKET, Key: 'cut', CopySource: `${BUCKET}/other` }));
    client.destroy();
    await expect(reading.next()).rejects.toMatchObject({
      code: 'storage_refused',
      message: expect.stringContaining('412'),
    });
  });

  test('an upload that is aborted, or whose file shrinks, leaves nothing behind', async () => {
    const gone = new AbortController();
    const why = new Error('the Pod is to end');
    const proxy = await proxied((line) => {
      if (!line.includes('partNumber=3')) return 'pass';
      setImmediate(() => gone.abort(why));
      return 'hang';
    });
    const s3 = objects({ endpoint: proxy.endpoint });
    const path = await file(randomBytes(30 * MIB));
    await expect(s3.put('aborted', path, gone.signal)).rejects.toBe(why);
    expect(await s3.find('aborted', NEVER)).toBeNull();
    expect(await unfinished()).toBe(0);

    let cut = Promise.resolve();
    let begun = false;
    const shrinking = await proxied((line) => {
      if (line.includes('uploads') && !begun) cut = truncate(path, 20 * MIB);
      begun = true;
      return 'pass';
    });
    const again = objects({ endpoint: shrinking.endpoint });
    await expect(again.put('shrunk', path, NEVER)).rejects.toMatchObject({
      message: expect.stringContaining('shorter'),
    });
    await cut;
    expect(await again.find('shrunk', NEVER)).toBeNull();
    expect(await unfinished()).toBe(0);
  });

  test('a server that dies in the middle of an upload ends it, unless it comes back in time', async () => {
    let parts = 0;
    let died = Promise.resolve();
    const proxy = await proxied((line) => {
      if (line.includes('partNumber=') && ++parts === 2) died = server.kill();
      return 'pass';
    });
    const path = await file(randomBytes(40 * MIB));
    const hasty = objects({ attempts: 2, requestMs: 3000, endpoint: proxy.endpoint });
    await expect(hasty.put('dead', path, NEVER)).rejects.toMatchObject({ code: 'unavailable', retryable: true });
    await died;
    await server.restart();
    expect(await hasty.find('dead', NEVER)).toBeNull();

    parts = 0;
    const bytes = randomBytes(40 * MIB);
    const patient = objects({ attempts: 12, endpoint: proxy.endpoint });
    const uploading = patient.put('back', await file(bytes), NEVER);
    await expect.poll(() => parts, { timeout: 20_000 }).toBeGreaterThanOrEqual(2);
    await died;
    await server.restart();
    await uploading;
    expect(sha(await bytesOf(patient, 'back'))).toBe(sha(bytes));
  });

  test('deletions end with the first that fails, and nothing goes on behind the back of the caller', async () => {
    const proxy = await proxied(() => 'slow-down');
    const s3 = objects({ endpoint: proxy.endpoint, attempts: 1 });
    const names = Array.from({ length: 100 }, (_, n) => `runs/${n}/output.parquet`);
    await expect(s3.remove(names, NEVER)).rejects.toMatchObject({ code: 'unavailable' });
    expect(proxy.seen.length).toBeLessThanOrEqual(8);
    const seen = proxy.seen.length;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(proxy.seen).toHaveLength(seen);
  });

  test('storage that knows no ranges is not read into memory beyond what was asked for', async () => {
    let sent = 0;
    const whole = createServer((_, response) => {
      // 64 MiB where 2 are asked for, as the client takes them.
      response.writeHead(200, { 'Content-Length': 64 * MIB, ETag: '"e"' });
      Readable.from(pieces((bytes) => (sent += bytes))).pipe(response);
    }).listen(0, '127.0.0.1');
    await once(whole, 'listening');
    closing.push(
      async () => void whole.close(),
      async () => whole.closeAllConnections(),
    );
    const s3 = objects({ endpoint: `http://127.0.0.1:${(whole.address() as AddressInfo).port}` });
    const reading = s3.read('x', { etag: 'e' }, { start: 0, end: 64 * MIB - 1 }, NEVER);
    await expect(reading.next()).rejects.toMatchObject({
      code: 'storage_refused',
      message: expect.stringContaining('more came than'),
    });
    expect(sent).toBeLessThan(3 * 32 * MIB);
  });

  test('one that does not answer is given up after the time of a request', async () => {
    const proxy = await proxied(() => 'hang');
    const s3 = objects({ endpoint: proxy.endpoint, requestMs: 200, attempts: 2 });
    await expect(s3.find('x', NEVER)).rejects.toMatchObject({ code: 'unavailable' });
    expect(proxy.seen).toHaveLength(2);
  });
});
