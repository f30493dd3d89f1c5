/** For tests: the commands that people type. `KUBECTL` and `HELM` name other programs than those of the PATH. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** What a command may take, in milliseconds. */
const LIMIT_MS = 120_000;

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(program: string, args: readonly string[], input: string): Promise<Ended> {
  const child = spawn(program, args, { stdio: 'pipe', timeout: LIMIT_MS });
  const exited = once(child, 'close');
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
  return { code: (code as number | null) ?? -1, out, err };
}

async function succeed(program: string, args: readonly string[], input: string): Promise<string> {
  const { code, out, err } = await run(program, args, input);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')}: exit code ${code}: ${err}`);
  return out;
}

const KUBECTL = process.env['KUBECTL'] ?? 'kubectl';

/** What kubectl prints; throws with its complaint when it fails. */
export function kubectl(args: readonly string[], input = ''): Promise<string> {
  return succeed(KUBECTL, args, input);
}

/** How kubectl ended, whatever the end. */
export function tryKubectl(args: readonly string[], input = ''): Promise<Ended> {
  return run(KUBECTL, args, input);
}

export function helm(args: readonly string[], input = ''): Promise<string> {
  return succeed(process.env['HELM'] ?? 'helm', args, input);
}

/** Applies documents to a namespace. Kubernetes 1.20 knows no rules in CRDs, so nothing is checked on this side. */
export function apply(namespace: string, documents: string): Promise<string> {
  return kubectl(['apply', '-n', namespace, '--validate=false', '-f', '-'], documents);
}

export interface Forwarding {
  /** `http://127.0.0.1:…` */
  readonly url: string;
  close(): void;
}

/** Leads a free port of this machine to a Pod or Service, such as `svc/headgate`. */
export async function forward(namespace: string, target: string, port: number): Promise<Forwarding> {
  const child = spawn(KUBECTL, ['port-forward', '-n', namespace, target, `:${port}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  const local = await new Promise<string>((resolve, reject) => {
    const hear = (chunk: Buffer): void => {
      said += chunk.toString('utf8');
      const found = /127\.0\.0\.1:(\d+) ->/.exec(said)?.[1];
      if (found !== undefined) resolve(found);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`kubectl port-forward ended with ${code}: ${said}`)));
  });
  return { url: `http://127.0.0.1:${local}`, close: () => void child.kill('SIGKILL') };
}
