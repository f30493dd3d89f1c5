/** What is published: packed, installed into an empty folder, and used from there. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startLab, type Lab } from '../../testing/lab.ts';

const run = promisify(execFile);
const PACKAGE = join(import.meta.dirname, '..');
const ROOT = join(PACKAGE, '../..');
const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome'];

let lab: Lab;
/** With the package in its `node_modules`, and nothing else. */
let folder: string;

beforeAll(async () => {
  lab = await startLab();
  folder = await mkdtemp(join(tmpdir(), 'headgate-package-'));
  await run('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: PACKAGE });
  const [archive] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
  await writeFile(join(folder, 'package.json'), '{"private": true, "type": "module"}');
  await run('npm', ['install', '--silent', '--offline', '--no-audit', `./${archive}`], { cwd: folder });
});
afterAll(async () => {
  await lab.close();
  await rm(folder, { recursive: true, force: true });
});

/** Compiles programs under `strict` against the installed types, and answers the names of what came out. */
async function compile(programs: Readonly<Record<string, string>>, options: object): Promise<void> {
  for (const [name, text] of Object.entries(programs)) await writeFile(join(folder, `${name}.ts`), text);
  const files = Object.keys(programs).map((name) => `${name}.ts`);
  const compilerOptions = {
    target: 'es2022',
    module: 'nodenext',
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    ...options,
  };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
  await run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', folder]).catch(
    (error: { stdout?: string }) => expect.fail(error.stdout ?? String(error)),
  );
}

const NODE = { lib: ['es2022'], types: ['node'], typeRoots: [join(ROOT, 'node_modules/@types')] };

async function execute(
  program: string,
  env: Readonly<Record<string, string>> = {},
  flags: string[] = [],
): Promise<string> {
  const { stdout } = await run(process.execPath, [...flags, join(folder, program)], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', HEADGATE_SERVER: lab.url, HEADGATE_TOKEN: lab.token, ...env },
  });
  return stdout;
}

it('holds what it says, and nothing else', async () => {
  const installed = join(folder, 'node_modules/@headgate/sdk');
  const files = await readdir(installed, { recursive: true, withFileTypes: true });
  const names = files.filter((file) => file.isFile()).map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['package.json', 'README.md', 'LICENSE', 'index.js', 'index.d.ts']));
  expect(names.filter((name) => !/(\.js|\.d\.ts)$|^(package\.json|README\.md|LICENSE)$/.test(name))).toEqual([]);
  const manifest = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as Record<string, unknown>;
  expect(manifest['dependencies']).toBeUndefined();
  const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  expect(manifest['version']).toBe(version);
});

it('runs the example of the design, apart from the name that is imported', async () => {
  const design = `
import { Headgate as Conduit } from "@headgate/sdk";
const conduit = new Conduit({ token: process.env.CONDUIT_TOKEN });
const result = await conduit.emit({
pipelineId: "${lab.streamId}",
eventType: "order.created",
payload: { orderId: "ord_1042", amount: 4999, currency: "usd" },
idempotencyKey: "evt-key-3f9c2a"
});
console.log(result.eventId); // evt_5b1c9d
`;
  await compile({ design }, NODE);
  expect(await execute('design.js', { CONDUIT_TOKEN: lab.token, HEADGATE_TOKEN: '' })).toMatch(/^ev\w+\n$/);
});

it('runs every example of its README', async () => {
  const text = await readFile(join(PACKAGE, 'README.md'), 'utf8');
  const blocks = [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1]!);
  expect(blocks.length).toBeGreaterThanOrEqual(5);
  await compile(Object.fromEntries(blocks.map((block, at) => [`readme${at}`, block])), NODE);
  const outputs: string[] = [];
  for (const at of blocks.keys()) outputs.push(await execute(`readme${at}.js`));
  expect(outputs.join('\n')).toMatch(/2 accepted, 0 rejected[\s\S]*success 892[\s\S]*ended: success[\s\S]*not_found/);
});

/** Sends an event, reads a list and follows a log; what runs it wants to see `ok`. */
const PROGRAM = `
const client = new Headgate({ token: TOKEN, baseUrl: BASE_URL });
const sent = await client.emit({ pipelineId: 'orders-stream', eventType: 'web', payload: { a_b: 1 } });
const names = (await client.pipelines.list({ pageSize: 1 }).all()).map(({ name }) => name);
const run = await client.pipelines.run('user-analytics');
const events = [];
for await (const { event } of run.streamLogs()) events.push(event);
const ok = sent.status === 'accepted' && names.length === 3 && events.includes('log') && events.at(-1) === 'end';
`;

it('has types that need no types of Node', async () => {
  const text = `import { Headgate } from '@headgate/sdk';\ndeclare const TOKEN: string, BASE_URL: string;\n${PROGRAM}\nexport { ok };`;
  await compile({ web: text }, { lib: ['es2022', 'dom'], types: [] });
});

it('runs where there are web APIs and nothing of Node', async () => {
  await writeFile(
    join(folder, 'realm.mjs'),
    `
import { readFile } from 'node:fs/promises';
import vm from 'node:vm';
const web = { fetch, URL, AbortController, AbortSignal, ReadableStream, TextDecoder, Headers, Response, Request, crypto, setTimeout, clearTimeout };
const context = vm.createContext({ ...web, TOKEN: process.env.HEADGATE_TOKEN, BASE_URL: process.env.HEADGATE_SERVER });
const modules = new Map();
const load = async (url) => {
  if (!modules.has(url)) modules.set(url, new vm.SourceTextModule(await readFile(new URL(url), 'utf8'), { context, identifier: url }));
  return modules.get(url);
};
const index = import.meta.resolve('@headgate/sdk');
const main = new vm.SourceTextModule(${JSON.stringify(`import { Headgate } from 'sdk';\n${PROGRAM}\nexport { ok };`)}, { context });
await main.link((name, from) => load(name === 'sdk' ? index : new URL(name, from.identifier).href));
await main.evaluate();
console.log('ok:', main.namespace.ok);
`,
  );
  expect(await execute('realm.mjs', {}, ['--experimental-vm-modules', '--no-warnings'])).toBe('ok: true\n');
});

async function findBrowser(): Promise<string | null> {
  for (const folderOf of (process.env['PATH'] ?? '').split(delimiter)) {
    const names = new Set(await readdir(folderOf).catch(() => []));
    const found = BROWSERS.find((name) => names.has(name));
    if (found !== undefined) return join(folderOf, found);
  }
  return null;
}
const browser = await findBrowser();

it.skipIf(browser === null)('runs in a browser (skipped where there is no Chromium)', async () => {
  const script = `import { Headgate } from '/sdk/index.js';\nconst TOKEN = '${lab.token}', BASE_URL = undefined;\n${PROGRAM}\nawait fetch('/result?ok=' + ok);`;
  const { promise, resolve } = Promise.withResolvers<string>();
  // The page and the API have one origin, as in production.
  const site = createServer((request, response) => {
    const path = request.url ?? '/';
    const send = async (): Promise<void> => {
      if (path.startsWith('/v1/')) return forwardTo(lab.proxy.url, request, response);
      if (path.startsWith('/result')) resolve(path);
      const file = path.startsWith('/sdk/')
        ? await readFile(join(folder, 'node_modules/@headgate/sdk/dist', path.slice(5)))
        : null;
      const page = `<script type="module">\ntry {${script.replace(/^import.*\n/, "const { Headgate } = await import('/sdk/index.js');\n")}} catch (error) { await fetch('/result?' + error) }</script>`;
      response.setHeader('content-type', file === null ? 'text/html' : 'text/javascript');
      response.end(file ?? page);
    };
    void send().catch(() => response.destroy());
  });
  await new Promise<void>((done) => site.listen(0, '127.0.0.1', done));
  const address = `http://127.0.0.1:${(site.address() as AddressInfo).port}/`;
  const profile = await mkdtemp(join(tmpdir(), 'headgate-browser-'));
  const flags = [
    '--headless=new',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-dev-shm-usage',
    `--user-data-dir=${profile}`,
  ];
  const stop = new AbortController();
  const window = run(browser!, [...flags, '--remote-debugging-port=0', address], { signal: stop.signal });
  try {
    expect(await promise).toBe('/result?ok=true');
  } finally {
    stop.abort();
    await window.catch(() => undefined);
    site.closeAllConnections();
    site.close();
    await rm(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
});

async function forwardTo(target: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const pieces: Buffer[] = [];
  for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
  const { authorization, accept } = request.headers;
  const answer = await fetch(new URL(request.url ?? '/', target), {
    method: request.method ?? 'GET',
    headers: { authorization: authorization ?? '', accept: accept ?? '*/*', 'content-type': 'application/json' },
    ...(pieces.length === 0 ? {} : { body: Buffer.concat(pieces) }),
  });
  response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' });
  for await (const piece of answer.body ?? []) response.write(piece);
  response.end();
}
