/** Credentials that are renewed while the process runs, with a real server that asks for certificates. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sleep } from '../../foundation/time.ts';
import type { Cluster } from './cluster.ts';
import { connectCluster } from './connect.ts';

const folder = mkdtempSync(join(tmpdir(), 'headgate-certificates-'));
const at = (name: string): string => join(folder, name);
const text = (name: string): string => readFileSync(at(name), 'utf8');
const base64 = (name: string): string => readFileSync(at(name)).toString('base64');

/** Writes `<name>.key` and `<name>.crt`, which vouches for itself. */
function certificate(name: string): boolean {
  const request =
    '-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -addext subjectAltName=IP:127.0.0.1';
  const files = ['-subj', `/CN=${name}`, '-keyout', at(`${name}.key`), '-out', at(`${name}.crt`)];
  try {
    execFileSync('openssl', ['req', ...request.split(' '), ...files], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
const openssl = ['server-1', 'server-2', 'one', 'two'].every(certificate);

describe.skipIf(!openssl)('credentials (needs the openssl command to make certificates)', () => {
  let server: Server;
  let url: string;
  let cluster: Cluster | undefined;

  beforeAll(async () => {
    server = createServer(
      { key: text('server-1.key'), cert: text('server-1.crt'), requestCert: true, rejectUnauthorized: false },
      ({ socket, headers }, response) => {
        const { subject } = (socket as TLSSocket).getPeerCertificate();
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ who: subject?.CN, token: headers.authorization }));
      },
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(async () => {
    await cluster?.close();
    server.setSecureContext({ key: text('server-1.key'), cert: text('server-1.crt') });
    for (const kind of ['crt', 'key']) writeFileSync(at(`client.${kind}`), text(`one.${kind}`));
    writeFileSync(at('ca.crt'), text('server-1.crt'));
  });
  afterAll(async () => {
    await cluster?.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true });
  });

  function kubeconfig(user: object, ca: object = { 'certificate-authority': 'ca.crt' }, to = url): void {
    const clusters = [{ name: 'c', cluster: { server: to, ...ca } }];
    const contexts = [{ name: 'x', context: { cluster: 'c', user: 'u' } }];
    const users = [{ name: 'u', user }];
    writeFileSync(at('config'), JSON.stringify({ clusters, contexts, users, 'current-context': 'x' }));
  }
  const open = (rereadMs: number): Cluster => (cluster = connectCluster({ kubeconfig: at('config'), rereadMs }));
  const files = { 'client-certificate': 'client.crt', 'client-key': 'client.key' };
  const inline = (name: string): object => ({
    'client-certificate-data': base64(`${name}.crt`),
    'client-key-data': base64(`${name}.key`),
  });

  it('certificates of files are taken up with the next call, over a connection of its own', async () => {
    kubeconfig(files);
    const it = open(60_000);
    expect(await it.raw('/')).toMatchObject({ who: 'one' });
    for (const kind of ['crt', 'key']) writeFileSync(at(`client.${kind}`), text(`two.${kind}`));
    expect(await it.raw('/')).toMatchObject({ who: 'two' });
  });

  it('connections stay as long as certificates are the same', async () => {
    kubeconfig(files);
    const it = open(0);
    let connections = 0;
    const count = (): void => void connections++;
    server.on('secureConnection', count);
    for (let call = 0; call < 20; call++) await it.raw('/');
    server.off('secureConnection', count);
    // A call may begin a moment before the connection of the last one is free.
    expect(connections).toBeLessThan(10);
  });

  it('a certificate whose key is not written yet heals when it is', async () => {
    kubeconfig(files);
    const it = open(60_000);
    expect(await it.raw('/')).toMatchObject({ who: 'one' });
    writeFileSync(at('client.crt'), text('two.crt'));
    const asked = it.raw('/');
    await sleep(50);
    writeFileSync(at('client.key'), text('two.key'));
    expect(await asked).toMatchObject({ who: 'two' });
  });

  it('a new authority of the server is taken up', async () => {
    kubeconfig(files);
    const it = open(60_000);
    expect(await it.raw('/')).toMatchObject({ who: 'one' });
    server.setSecureContext({ key: text('server-2.key'), cert: text('server-2.crt') });
    server.closeAllConnections();
    writeFileSync(at('ca.crt'), text('server-2.crt'));
    expect(await it.raw('/')).toMatchObject({ who: 'one' });
  });

  it('what stands in the kubeconfig itself is read again', async () => {
    kubeconfig({ ...inline('one'), token: 'first' });
    const it = open(0);
    expect(await it.raw('/')).toMatchObject({ who: 'one', token: 'Bearer first' });
    kubeconfig({ ...inline('two'), token: 'second' });
    expect(await it.raw('/')).toMatchObject({ who: 'two', token: 'Bearer second' });
    writeFileSync(at('config'), '{"clusters": [');
    expect(await it.raw('/')).toMatchObject({ who: 'two' });
  });

  it('a kubeconfig that has turned to another server or context changes nothing: these credentials do not go there, nor those here', async () => {
    kubeconfig({ token: 'first' });
    const it = open(0);
    kubeconfig({ token: 'of another' }, {}, 'https://127.0.0.1:1');
    expect(await it.raw('/')).toMatchObject({ token: 'Bearer first' });
    kubeconfig({ token: 'third' });
    writeFileSync(at('config'), text('config').replaceAll('"x"', '"y"'));
    expect(await it.raw('/')).toMatchObject({ token: 'Bearer first' });
  });

  it('is read no more often than it is told to', async () => {
    kubeconfig({ token: 'first' });
    const it = open(60_000);
    kubeconfig({ token: 'second' });
    expect(await it.raw('/')).toMatchObject({ token: 'Bearer first' });
  });
});
