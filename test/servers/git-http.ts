/** A real Git server over HTTPS: `git http-backend` behind node:https, with a certificate of its own and Basic authentication. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { createGunzip } from 'node:zlib';
import type { TestRepository } from './git.ts';

export interface GitRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** What came in `Authorization`, decoded: `user:password`, or null. */
  readonly credentials: string | null;
  /** What the client asked for, unpacked. Empty for GET. */
  readonly body: string;
}

/** Answers a request in place of Git, or leaves it to Git by answering false. */
export type Answer = (request: GitRequest, response: ServerResponse) => boolean;

export interface GitHttpServer {
  /** Of the repository's folder; a working copy is served from its `.git`. */
  readonly url: string;
  /** `127.0.0.1:port` */
  readonly host: string;
  /** The server's certificate, a file in PEM. */
  readonly certificate: string;
  /** All requests so far. */
  readonly requests: GitRequest[];
  /** Stands in for Git from now on; null ends that. */
  answer: Answer | null;
  close(): Promise<void>;
}

export interface GitHttpOptions {
  readonly username: string;
  readonly password: string;
}

/** Serves a working copy or bare repository, with partial clones allowed. */
export async function serveGitOverHttps(repository: TestRepository, options: GitHttpOptions): Promise<GitHttpServer> {
  await repository.git('config', 'uploadpack.allowFilter', 'true');
  await repository.git('config', 'uploadpack.allowAnySHA1InWant', 'true');
  const dir = await mkdtemp(join(tmpdir(), 'headgate-https-'));
  const { key, certificate } = await makeCertificate(dir);
  const wanted = `${options.username}:${options.password}`;
  const requests: GitRequest[] = [];
  const server = createServer({ key: await readFile(key), cert: await readFile(certificate) });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const running: GitHttpServer = {
    url: `https://${host}/${basename(repository.dir)}`,
    host,
    certificate,
    requests,
    answer: null,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
      await rm(dir, { recursive: true, force: true });
    },
  };
  server.on('request', (request, response) => {
    void readRequest(request).then((asked) => {
      requests.push(asked);
      if (running.answer?.(asked, response) === true) return;
      if (asked.credentials === wanted) runBackend(dirname(repository.dir), asked, request, response);
      else response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
    });
  });
  return running;
}

async function readRequest(request: IncomingMessage): Promise<GitRequest> {
  const { method = '', url = '', headers } = request;
  const encoded = /^Basic (.+)$/.exec(headers.authorization ?? '')?.[1];
  const packed = headers['content-encoding'] === 'gzip';
  const body = await buffer(packed ? request.pipe(createGunzip()) : request);
  return {
    method,
    url,
    credentials: encoded === undefined ? null : Buffer.from(encoded, 'base64').toString('utf8'),
    body: body.toString('latin1'),
  };
}

/** One request as CGI (RFC 3875), as git-http-backend(1) asks for it. */
function runBackend(root: string, asked: GitRequest, request: IncomingMessage, response: ServerResponse): void {
  const [path = '', query = ''] = asked.url.split('?');
  const child = spawn('git', ['http-backend'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: {
      PATH: process.env['PATH'],
      HOME: '/nonexistent',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: path,
      QUERY_STRING: query,
      REQUEST_METHOD: asked.method,
      REMOTE_USER: 'test',
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      CONTENT_LENGTH: String(asked.body.length),
      HTTP_GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    },
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(Buffer.from(asked.body, 'latin1'));
  response.on('close', () => child.kill());
  let head: Buffer | null = Buffer.alloc(0);
  child.stdout.on('data', (chunk: Buffer) => {
    if (head === null) {
      response.write(chunk);
      return;
    }
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    for (const line of head.toString('latin1', 0, end).split('\r\n')) {
      const [name = '', value = ''] = line.split(/: (.*)/s);
      if (name === 'Status') response.statusCode = Number(value.slice(0, 3));
      else response.setHeader(name, value);
    }
    response.write(head.subarray(end + 4));
    head = null;
  });
  child.stdout.on('end', () => response.end());
}

/** A self-signed certificate for 127.0.0.1, valid for a day. */
async function makeCertificate(dir: string): Promise<{ key: string; certificate: string }> {
  const key = join(dir, 'key.pem');
  const certificate = join(dir, 'certificate.pem');
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'];
  const names = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  await promisify(execFile)('openssl', [...args, ...names, '-keyout', key, '-out', certificate]);
  return { key, certificate };
}
