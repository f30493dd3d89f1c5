/**
 * The runner process. The controller forks it and speaks the protocol of `protocol.ts` with it; with
 * `--assignment <file>` it executes the one assignment in that JSON file, with the key of secrets from `--secret-key-file`,
 * `HEADGATE_SECRET_KEY` or the data folder, and exits (0 success, 1 failed or cancelled,
 * 75 when the run is not this runner's any more).
 */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createLogger } from '../foundation/log.ts';
import { openStore } from '../store/open.ts';
import { connectors } from './connectors/index.ts';
import { keyPlace, type KeyOptions } from '../store/secrets/key-file.ts';
import { Keyring } from '../store/secrets/keyring.ts';
import { RunnerProcess } from './process.ts';
import { keysMessage } from './secret-keys.ts';
import type { FromRunner, ToRunner } from './protocol.ts';
import type { RunAssignment } from './spec.ts';

/** The exit code of sysexits.h for "try again": the run goes to another runner. */
const EX_TEMPFAIL = 75;

const { values } = parseArgs({
  options: { assignment: { type: 'string' }, 'secret-key-file': { type: 'string' } },
});
// For one assignment the key of the secrets may come by the environment; what connectors start does not inherit it.
const keyFromEnv = process.env['HEADGATE_SECRET_KEY'];
delete process.env['HEADGATE_SECRET_KEY'];
const log = createLogger({ level: process.env['HEADGATE_LOG_LEVEL'], base: { module: 'runner', pid: process.pid } });
const runner = new RunnerProcess({
  catalogue: { connectors, env: process.env },
  openStore,
  log,
  send: (message: FromRunner) => process.send?.(message),
  // With one assignment, only its outcome is a success: whoever was stopped before it says "try again".
  exit: (code) => process.exit(values.assignment === undefined ? code : EX_TEMPFAIL),
});

let signals = 0;
const onSignal = (): void => {
  signals += 1;
  if (signals === 1) runner.drain();
  else runner.stop();
};
process.on('SIGTERM', onSignal);
process.on('SIGINT', onSignal);

if (values.assignment === undefined) {
  process.on('message', (message) => runner.receive(message as ToRunner));
  // The controller is gone: what is running goes on to its end, which the store tells.
  process.on('disconnect', () => runner.drain());
  // DuckDB is most of the start-up: load it before the first run comes.
  await import('@duckdb/node-api');
  process.send?.({ type: 'ready' } satisfies FromRunner);
} else {
  const assignment = JSON.parse(await readFile(values.assignment, 'utf8')) as RunAssignment;
  const { workspace } = assignment.pipeline;
  const keys = readKeys({
    dataDir: assignment.environment.dataDir,
    ...(keyFromEnv === undefined ? {} : { fromEnv: keyFromEnv }),
    ...(values['secret-key-file'] === undefined ? {} : { file: resolve(values['secret-key-file']) }),
  });
  if (keys !== null) runner.keys.receive(keysMessage(workspace, keys.workspaceKeys(workspace)));
  const outcome = await runner.run(assignment);
  await runner.close();
  // Not left to the event loop: a connector that did not end after an abort would keep the process for ever.
  process.exit(outcome === null ? EX_TEMPFAIL : outcome.status === 'success' ? 0 : 1);
}

/** The keys that there are, or null: pipelines that refer to no secret need none. */
function readKeys(options: KeyOptions): Keyring | null {
  const place = keyPlace(options);
  const keys = place.read();
  return keys === null ? null : new Keyring(place, keys);
}
