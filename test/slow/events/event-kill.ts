/**
 * Producers, server, stream host and, where there is one, Redis are killed with SIGKILL at random moments. Afterwards every
 * acknowledged event has arrived, no idempotency key has made two events, the order of each key holds, and what came
 * twice stays within the batches that were under way.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { readServerFile } from '../../../cli/server-file.ts';
import { sleep } from '../../../foundation/time.ts';
import { createRepository } from '../../servers/git.ts';
import { eventually } from '../../server.ts';
import { childrenOf, mulberry32 } from './processes.ts';

const MAIN = fileURLToPath(new URL('../../../cli/main.ts', import.meta.url));
const PRODUCER = fileURLToPath(new URL('producer.ts', import.meta.url));
const TOKEN = 'administrator-of-the-kill-test';
const BATCH = 40;
const LANES = 4;

/** The store under test. `kill` and `restart` where it is a server of its own. */
export interface KilledStore {
  readonly url: string | null;
  readonly kill?: () => Promise<void>;
  readonly restart?: () => Promise<void>;
}

const pipeline = (name: string, delivery: string): string => `apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata: {name: ${name}}
spec:
  source: {connector: events}
  transforms:
    - set: {twice: n * 2}
  destination: {connector: file, settings: {path: ${name}.ndjson}, include: [event_id]}
  batch: {size: ${BATCH}, interval: 20ms}
  delivery: ${delivery}
  limits: {eventsPerSecond: 1000000}
`;

const PIPELINES = [
  { name: 'ordered', delivery: '{order: all}', atOnce: 1 },
  { name: 'keyed', delivery: `{order: key, concurrency: ${LANES}}`, atOnce: LANES },
];
const PRODUCERS_EACH = 3;

export async function surviveKills(rounds: number, store: KilledStore): Promise<void> {
  const seed = Number(process.env['HEADGATE_KILL_SEED'] ?? Date.now() % 2 ** 31);
  process.stdout.write(`seed ${seed}\n`);
  const random = mulberry32(seed);
  const repository = await createRepository();
  const dataDir = await mkdtemp(join(tmpdir(), 'headgate-event-kill-'));
  const files = Object.fromEntries(PIPELINES.map(({ name, delivery }) => [`${name}.yaml`, pipeline(name, delivery)]));
  await repository.commit(files);
  const port = 20_000 + Math.floor(random() * 10_000);
  const world = new World(dataDir, repository.dir, port, store);
  const kills = { server: 0, host: 0, producer: 0, store: 0 };
  try {
    await world.startServer();
    await eventually('the first sync', () => world.isDelivered(), 60_000);
    for (const { name } of PIPELINES) {
      for (let n = 0; n < PRODUCERS_EACH; n++) world.startProducer(`${name}-${n}`, name);
    }
    for (let round = 0; round < rounds; round++) {
      await sleep(100 + random() * 900);
      kills[await world.killOne(random())] += 1;
    }
    process.stdout.write(`killed ${JSON.stringify(kills)}\n`);
    await world.stopProducers();
    await eventually('everything to be delivered', () => world.isDelivered(), 120_000);
    for (const { name, atOnce } of PIPELINES) {
      await expectArrived(dataDir, name, (kills.server + kills.host + kills.store) * atOnce * BATCH);
    }
  } finally {
    await world.end();
    await repository.remove();
    await rm(dataDir, { recursive: true, force: true });
  }
}

class World {
  readonly #dataDir: string;
  readonly #repo: string;
  readonly #port: number;
  readonly #store: KilledStore;
  readonly #producers = new Map<string, { child: ChildProcess; readonly pipeline: string }>();
  #server: ChildProcess | null = null;

  constructor(dataDir: string, repo: string, port: number, store: KilledStore) {
    this.#dataDir = dataDir;
    this.#repo = repo;
    this.#port = port;
    this.#store = store;
  }

  async startServer(): Promise<void> {
    const args = ['serve', '--repo', this.#repo, '--data', this.#dataDir, '--listen', String(this.#port), '--quiet'];
    if (this.#store.url !== null) args.push('--store', this.#store.url);
    const child = spawn(process.execPath, [MAIN, ...args, '--log-level', 'error'], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, HEADGATE_ADMIN_TOKEN: TOKEN },
    });
    this.#server = child;
    await eventually(
      'the server to listen',
      async () => {
        if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
        return readServerFile(this.#dataDir)?.pid === child.pid;
      },
      60_000,
    );
  }

  startProducer(name: string, pipelineName: string): void {
    const url = `http://127.0.0.1:${this.#port}`;
    const child = spawn(process.execPath, [PRODUCER, name, url, TOKEN, pipelineName, acks(this.#dataDir, name)], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    this.#producers.set(name, { child, pipeline: pipelineName });
  }

  /** `dice` from 0 to 1 chooses the victim, which is started again where nobody else would do that. */
  async killOne(dice: number): Promise<'server' | 'host' | 'producer' | 'store'> {
    if (dice < 0.35) {
      const exit = once(this.#server!, 'exit');
      this.#server!.kill('SIGKILL');
      await exit;
      await this.startServer();
      return 'server';
    }
    if (dice < 0.65) {
      const hosts = await eventually('a stream host', async () => {
        const found = childrenOf(this.#server!.pid!).filter(({ command }) => command.includes('runner/host.ts'));
        return found.length === 0 ? null : found;
      });
      process.kill(hosts[0]!.pid, 'SIGKILL');
      return 'host';
    }
    if (dice < 0.8 && this.#store.kill !== undefined) {
      await this.#store.kill();
      await this.#store.restart!();
      return 'store';
    }
    const names = [...this.#producers.keys()];
    const name = names[Math.floor(dice * 1e6) % names.length]!;
    const { child, pipeline: target } = this.#producers.get(name)!;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
    this.startProducer(name, target);
    return 'producer';
  }

  async stopProducers(): Promise<void> {
    for (const { child } of this.#producers.values()) {
      const exit = once(child, 'exit');
      child.kill('SIGTERM');
      await exit;
    }
  }

  async isDelivered(): Promise<boolean> {
    for (const { name } of PIPELINES) {
      const answer = await fetch(`http://127.0.0.1:${this.#port}/v1/pipelines/${name}`, {
        headers: { authorization: `Bearer ${TOKEN}` },
      });
      const view = (await answer.json()) as { events?: { lag: number } };
      if (view.events?.lag !== 0) return false;
    }
    return true;
  }

  async end(): Promise<void> {
    for (const { child } of this.#producers.values()) child.kill('SIGKILL');
    if (this.#server === null || this.#server.exitCode !== null) return;
    const exit = once(this.#server, 'exit');
    this.#server.kill('SIGTERM');
    await exit;
  }
}

const acks = (dataDir: string, producer: string): string => join(dataDir, `${producer}.acknowledged`);

interface Arrived {
  readonly producer: string;
  readonly n: number;
  readonly twice: number;
  readonly event_id: string;
}

async function expectArrived(dataDir: string, name: string, maxRepeated: number): Promise<void> {
  const lines = (await readFile(join(dataDir, 'files', `${name}.ndjson`), 'utf8')).trimEnd().split('\n');
  const arrived = lines.map((line) => JSON.parse(line) as Arrived);
  const events = new Map<string, string>();
  for (const { producer, n, twice, event_id: id } of arrived) {
    expect(twice).toBe(n * 2);
    const key = `${producer}-${n}`;
    expect(events.get(key) ?? id, `one event for ${key}`).toBe(id);
    events.set(key, id);
  }
  let acknowledged = 0;
  for (let n = 0; n < PRODUCERS_EACH; n++) {
    const producer = `${name}-${n}`;
    const noted = (await readFile(acks(dataDir, producer), 'utf8')).trimEnd().split('\n');
    for (const line of noted) {
      const ack = JSON.parse(line) as { readonly n: number; readonly id: string };
      expect(events.get(`${producer}-${ack.n}`), `${producer}-${ack.n} has arrived`).toBe(ack.id);
      acknowledged += 1;
    }
    expectOrder(arrived.filter((event) => event.producer === producer));
  }
  const repeated = arrived.length - events.size;
  process.stdout.write(`${name}: ${acknowledged} acknowledged, ${events.size} arrived, ${repeated} of them repeated\n`);
  expect(acknowledged).toBeGreaterThan(100);
  expect(repeated).toBeLessThanOrEqual(maxRepeated);
}

/** Numbers of one key come in order; a batch that is repeated starts again at a number that was there before. */
function expectOrder(events: readonly Arrived[]): void {
  let highest = -1;
  for (const [index, { n }] of events.entries()) {
    if (n <= highest) continue;
    expect(n, `what comes after ${highest} at line ${index}`).toBe(highest + 1);
    highest = n;
  }
}
