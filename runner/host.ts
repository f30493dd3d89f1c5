/**
 * The stream host process. The controller forks it and speaks the protocol of `host-protocol.ts` with it. `--holder <name>`: who it
 * is to the event log. A controller gives the same name to a host that takes the place of one that has ended, so that it need
 * not wait for the leases of that one to run out.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import { createLogger } from '../foundation/log.ts';
import { openStore } from '../store/open.ts';
import { connectors } from './connectors/index.ts';
import { ORPHAN_DRAIN_MS, type FromHost, type ToHost } from './host-protocol.ts';
import { StreamHost } from './stream/host.ts';

const { values } = parseArgs({ options: { holder: { type: 'string' } } });
const log = createLogger({
  level: process.env['HEADGATE_LOG_LEVEL'],
  base: { module: 'stream-host', pid: process.pid },
});
const host = new StreamHost({
  catalogue: { connectors, env: process.env },
  openStore,
  holder: values.holder ?? `${hostname()}/${process.pid}/${randomUUID()}`,
  log,
  // Once the controller is gone, nobody listens; the log and the store have what counts.
  send: (message: FromHost) => void (process.connected && process.send?.(message, () => undefined)),
});

/** What a drain may take beyond its deadline: closing writers and the store. */
const CLOSE_MS = 10_000;

let ending = false;
const end = async (deadlineMs: number): Promise<void> => {
  if (ending) return;
  ending = true;
  // Whatever a connector does, the process ends within a bound; what it had not confirmed stays in the log (invariant 9).
  setTimeout(() => process.exit(1), deadlineMs + CLOSE_MS).unref();
  await host.drain(deadlineMs);
  process.exit(0);
};

const onSignal = (): void => {
  if (ending) process.exit(1);
  void end(ORPHAN_DRAIN_MS);
};
process.on('SIGTERM', onSignal);
process.on('SIGINT', onSignal);
process.on('disconnect', () => void end(ORPHAN_DRAIN_MS));
process.on('message', (message) => {
  const command = message as ToHost;
  if (command.type === 'drain') void end(command.deadlineMs);
  else host.receive(command);
});
process.send?.({ type: 'ready' } satisfies FromHost);
