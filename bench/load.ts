/**
 * A lean generator of HTTP load, in a process of its own: keep-alive connections over plain sockets, several requests under
 * way on each. Takes a `LoadPlan` as JSON in its first argument and prints a `LoadResult` as one line.
 *
 * Without `perSecond` every answer is followed by the next request: as fast as the server goes. With it requests leave on
 * schedule whatever the server does, and latencies count from when a request was due.
 */
import { createConnection, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { percentile, round } from './lib.ts';

export interface LoadPlan {
  readonly url: string;
  /** Sent in turns. */
  readonly requests: readonly LoadRequest[];
  readonly connections: number;
  /** Requests under way on each connection. */
  readonly depth: number;
  readonly seconds: number;
  /** Requests a second in all. */
  readonly perSecond?: number;
}

export interface LoadRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface LoadResult {
  readonly requests: number;
  /** Answers with a status of 200. */
  readonly ok: number;
  readonly seconds: number;
  /** The first answer that was none of 200, for the message. */
  readonly failure?: string;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

interface Tally {
  sent: number;
  ok: number;
  answered: number;
  failure?: string;
  readonly latencies: number[];
}

const HEAD_END = Buffer.from('\r\n\r\n');
/** Of the latencies, so many are kept. */
const MAX_LATENCIES = 2_000_000;

/** One connection: requests out, answers counted. Answers come in the order of the requests. */
class Lane {
  readonly socket: Socket;
  readonly #next: () => Buffer;
  readonly #tally: Tally;
  readonly #onAnswers: (lane: Lane, count: number) => void;
  readonly #due: number[] = [];
  #from = 0;
  #rest: Buffer = Buffer.alloc(0);

  constructor(socket: Socket, next: () => Buffer, tally: Tally, onAnswers: (lane: Lane, count: number) => void) {
    this.socket = socket;
    this.#next = next;
    this.#tally = tally;
    this.#onAnswers = onAnswers;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#read(chunk));
  }

  send(count: number, due = performance.now()): void {
    this.#tally.sent += count;
    for (let i = 0; i < count; i++) this.#due.push(due);
    this.socket.write(count === 1 ? this.#next() : Buffer.concat(Array.from({ length: count }, this.#next)));
  }

  #read(chunk: Buffer): void {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let answers = 0;
    const now = performance.now();
    for (;;) {
      const head = bytes.indexOf(HEAD_END);
      if (head < 0) break;
      const text = bytes.toString('latin1', 0, head);
      const at = text.search(/content-length: /i);
      if (at < 0) throw new Error(`an answer without a length: ${text}`);
      const end = head + 4 + Number.parseInt(text.slice(at + 16), 10);
      if (bytes.length < end) break;
      this.#note(text, bytes, head + 4, end, now);
      bytes = bytes.subarray(end);
      answers++;
    }
    this.#rest = bytes;
    if (answers > 0) this.#onAnswers(this, answers);
  }

  #note(head: string, bytes: Buffer, from: number, end: number, now: number): void {
    const tally = this.#tally;
    tally.answered++;
    if (tally.latencies.length < MAX_LATENCIES) tally.latencies.push(now - this.#due[this.#from]!);
    if (++this.#from === 1024) this.#due.splice(0, (this.#from = 0) + 1024);
    if (head.startsWith('200', 9)) tally.ok++;
    else tally.failure ??= `${head.slice(0, 30)} ${bytes.toString('utf8', from, Math.min(end, from + 500))}`;
  }
}

async function run(plan: LoadPlan): Promise<LoadResult> {
  const { port, hostname } = new URL(plan.url);
  const requests = plan.requests.map(bytesOf);
  let turn = 0;
  const next = (): Buffer => requests[turn++ % requests.length]!;
  const tally: Tally = { sent: 0, ok: 0, answered: 0, latencies: [] };
  let running = true;
  const onAnswers = (lane: Lane, count: number): void => {
    if (running && plan.perSecond === undefined) lane.send(count);
  };
  const lanes = await Promise.all(
    Array.from({ length: plan.connections }, async () => {
      const socket = createConnection(Number(port), hostname);
      await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
      return new Lane(socket, next, tally, onAnswers);
    }),
  );
  const begin = performance.now();
  if (plan.perSecond === undefined) {
    for (const lane of lanes) lane.send(plan.depth);
    await sleep(plan.seconds * 1000);
  } else await onSchedule(lanes, plan.perSecond, plan.seconds);
  const inTime = { ...tally };
  const seconds = (performance.now() - begin) / 1000;
  running = false;
  // What is under way is waited for, so that the log can be counted.
  for (let waited = 0; tally.answered < tally.sent && waited < 30_000; waited += 10) await sleep(10);
  for (const { socket } of lanes) socket.destroy();
  return {
    requests: tally.answered,
    ok: tally.ok,
    // As fast as it goes: what came within the time, so that the last answers do not stretch it.
    seconds: plan.perSecond === undefined ? (seconds * tally.answered) / inTime.answered : seconds,
    ...(tally.failure === undefined ? {} : { failure: tally.failure }),
    p50Ms: round(percentile(tally.latencies, 0.5)),
    p99Ms: round(percentile(tally.latencies, 0.99)),
    maxMs: round(percentile(tally.latencies, 1)),
  };
}

function bytesOf({ method, path, headers, body }: LoadRequest): Buffer {
  const fields = { Host: 'bench', 'Content-Length': String(Buffer.byteLength(body)), ...headers };
  const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${head.join('')}\r\n${body}`);
}

async function onSchedule(lanes: readonly Lane[], perSecond: number, seconds: number): Promise<void> {
  const begin = performance.now();
  const total = perSecond * seconds;
  for (let sent = 0; sent < total;) {
    const due = Math.min(total, Math.floor(((performance.now() - begin) * perSecond) / 1000));
    for (; sent < due; sent++) lanes[sent % lanes.length]!.send(1, begin + ((sent + 1) * 1000) / perSecond);
    await sleep(1);
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

if (import.meta.main) {
  // As an argument, or as standard input where it is too long for one.
  const plan = process.argv[2] === '-' ? await text(process.stdin) : process.argv[2]!;
  process.stdout.write(`${JSON.stringify(await run(JSON.parse(plan) as LoadPlan))}\n`);
}
