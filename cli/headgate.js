#!/usr/bin/env node
// Starts main.ts with a Node that runs TypeScript as it is: this one, or the pinned one from node_modules. Plain
// JavaScript that any Node understands.
import { spawn } from 'node:child_process';
import module from 'node:module';
import { constants } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NEEDED = 24;
// A server holds little and parses much: a small young generation and early collections keep it at half the memory, for a
// tenth more processor time (docs/decisions/0010-heap-flags.md).
const SERVER_FLAGS = ['--max-semi-space-size=8', '--heap-growing-percent=60'];
const flags = process.argv[2] === 'serve' ? SERVER_FLAGS : [];
const main = new URL('main.ts', import.meta.url);

/** Node keeps what it compiles, which takes most of the time of a short command (docs/decisions/0028-compiled-code.md). */
function keepCompiled() {
  const { HOME, XDG_CACHE_HOME = '', NODE_COMPILE_CACHE } = process.env;
  const caches = isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : HOME && join(HOME, '.cache');
  const folder = NODE_COMPILE_CACHE || (caches && join(caches, 'headgate', 'compiled'));
  if (!folder) return;
  // For the processes that this one starts. A folder that cannot be written changes nothing.
  process.env.NODE_COMPILE_CACHE = folder;
  module.enableCompileCache?.(folder);
}

function complain(...lines) {
  process.stderr.write(`${lines.join('\n')}\n`);
  process.exit(70);
}

function pinnedNode() {
  try {
    return join(dirname(module.createRequire(import.meta.url).resolve('node/package.json')), 'bin', 'node');
  } catch {
    return null;
  }
}

function handOver(node) {
  // The channel carries nothing: that it closes tells main.ts that this process was killed.
  const stdio = ['inherit', 'inherit', 'inherit', 'ipc'];
  const child = spawn(node, [...flags, fileURLToPath(main), ...process.argv.slice(2)], { stdio });
  // A terminal sends Ctrl-C to both, others to this process alone; main.ts takes two at once for one.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    complain(`headgate: cannot start ${node}: ${error.message}`);
  });
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

keepCompiled();
const fit = Number(process.versions.node.split('.')[0]) >= NEEDED;
if (fit && flags.length === 0) {
  await import(main.href);
} else if (fit) {
  handOver(process.execPath);
} else {
  const node = pinnedNode();
  if (node === null) {
    complain(
      `headgate: Node ${NEEDED} or newer is needed (this is ${process.versions.node}), and node_modules has none.`,
      'hint: run `npm ci` in the folder of headgate, or install a newer Node',
    );
  }
  handOver(node);
}
