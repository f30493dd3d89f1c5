/** A real S3 server on a free loopback port with a folder of its own, which can be killed and started again on the same data. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client, CreateBucketCommand } from '@aws-sdk/client-s3';
import type { S3Credentials } from '../../store/objects/credentials.ts';
import type { ObjectsLocation } from '../../store/objects/location.ts';
import { freePort } from './redis.ts';

const START_MS = 20_000;
const REGION = 'us-east-1';

export interface S3Server {
  /** `http://host:port` */
  readonly endpoint: string;
  readonly credentials: S3Credentials;
  /** A place in a bucket that is there. */
  location(prefix?: string): ObjectsLocation;
  /** A client to look at it or set it up; the caller ends it with `destroy()`. */
  client(): S3Client;
  /** Ends it with SIGKILL; the data stay. */
  kill(): Promise<void>;
  /** Starts it again on the same port with the same data, once it was killed. */
  restart(): Promise<void>;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

export const BUCKET = 'outputs';

/** Why there can be no S3 server here, or null. */
export function s3Missing(): string | null {
  const program = process.env['VERSITYGW'];
  if (program !== undefined && spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0) return null;
  return 'no S3 server; VERSITYGW=$(test/servers/s3.sh) builds one';
}

export async function startS3(): Promise<S3Server> {
  const folder = await mkdtemp(join(tmpdir(), 'headgate-s3-'));
  const [data, meta] = [join(folder, 'data'), join(folder, 'meta')];
  await Promise.all([mkdir(data), mkdir(meta)]);
  const address = `127.0.0.1:${await freePort()}`;
  const endpoint = `http://${address}`;
  const credentials = { accessKeyId: 'headgate', secretAccessKey: 'the-secret-of-the-bucket' };
  const options = ['--port', address, '--region', REGION, '--health', '/health', '--keep-alive', '--quiet'];
  const launch = (): Promise<ChildProcess> =>
    launchServer([...options, 'posix', '--sidecar', meta, data], endpoint, credentials);
  let server = await launch();
  const client = (): S3Client => new S3Client({ endpoint, region: REGION, credentials, forcePathStyle: true });
  const kill = async (): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill('SIGKILL');
    await exited;
  };
  const s3 = client();
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET })).finally(() => s3.destroy());
  return {
    endpoint,
    credentials,
    location: (prefix = '') => ({ bucket: BUCKET, prefix, region: REGION, endpoint, pathStyle: true }),
    client,
    kill,
    restart: async () => {
      server = await launch();
    },
    stop: async () => {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Resolves when the server answers. */
async function launchServer(
  args: readonly string[],
  endpoint: string,
  { accessKeyId, secretAccessKey }: S3Credentials,
): Promise<ChildProcess> {
  const server = spawn(process.env['VERSITYGW']!, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ROOT_ACCESS_KEY: accessKeyId, ROOT_SECRET_KEY: secretAccessKey },
  });
  let log = '';
  const read = (chunk: Buffer): void => {
    log = (log + chunk.toString('utf8')).slice(-20_000);
  };
  server.stdout.on('data', read);
  server.stderr.on('data', read);
  const end = performance.now() + START_MS;
  for (;;) {
    if (server.exitCode !== null) throw new Error(`the S3 server ended with ${server.exitCode}: ${log}`);
    if (
      await fetch(`${endpoint}/health`).then(
        (answer) => answer.ok,
        () => false,
      )
    )
      return server;
    if (performance.now() > end) {
      server.kill('SIGKILL');
      throw new Error(`the S3 server did not start: ${log}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** What becomes of a request: it is passed on, answered with 503 SlowDown, cut off after so many bytes of the answer, or never answered. */
export type Fate = 'pass' | 'slow-down' | 'hang' | { readonly cutAfter: number };

export interface S3Proxy {
  readonly endpoint: string;
  /** `METHOD path?query` of each request. */
  readonly seen: string[];
  close(): Promise<void>;
}

/** Stands before the server, and decides for each request. What it passes on keeps its signature. */
export async function s3Proxy(target: string, fateOf: (line: string) => Fate): Promise<S3Proxy> {
  const seen: string[] = [];
  const server = createServer((incoming, answer) => {
    const line = `${incoming.method} ${incoming.url}`;
    seen.push(line);
    const fate = fateOf(line);
    if (fate === 'hang') return;
    if (fate !== 'slow-down') return passOn(target, incoming, answer, fate === 'pass' ? Infinity : fate.cutAfter);
    incoming.resume();
    answer.writeHead(503, { 'Content-Type': 'application/xml' });
    answer.end('<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function passOn(target: string, incoming: IncomingMessage, answer: ServerResponse, bytes: number): void {
  const { method, headers, url } = incoming;
  const outgoing = request(new URL(target), { method, headers, path: url }, (answered) => {
    answer.writeHead(answered.statusCode!, answered.headers);
    let left = bytes;
    answered.on('data', (chunk: Buffer) => {
      answer.write(chunk.subarray(0, left));
      left -= chunk.length;
      if (left <= 0) answer.destroy();
    });
    answered.on('end', () => answer.end());
    answered.on('error', () => answer.destroy());
  });
  outgoing.on('error', () => answer.destroy());
  incoming.on('error', () => outgoing.destroy());
  incoming.pipe(outgoing);
}
