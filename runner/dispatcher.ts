import { isIP } from 'node:net';
import type { Agent } from 'undici';
import { checkAddress, guardedLookup, type Resolver } from './network.ts';
import type { NetworkPolicy } from './ports.ts';

export interface DispatcherOptions {
  /** Milliseconds to establish a connection. */
  readonly connectTimeout: number;
  /** Milliseconds from the request to the end of the response's headers, and between two pieces of its body. */
  readonly idleTimeout: number;
  readonly resolver?: Resolver;
  /** Connections at the same time; 1 when left out. */
  readonly connections?: number;
}

const MAX_HEADER_BYTES = 32 * 1024;

/** An undici dispatcher whose every connection passes the guard. The caller destroys it. */
export async function guardedDispatcher(policy: NetworkPolicy, options: DispatcherOptions): Promise<Agent> {
  const { Agent, buildConnector } = await import('undici');
  const connect = buildConnector({
    timeout: options.connectTimeout,
    // HTTP/1.1 alone: one connection carries one request, so ending it ends exactly that request.
    allowH2: false,
    lookup: guardedLookup(policy, options.resolver),
  });
  return new Agent({
    // Most connectors send one request after the other; without a bound, undici may open a second connection for the next.
    connections: options.connections ?? 1,
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: options.idleTimeout,
    bodyTimeout: options.idleTimeout,
    connect: (target, callback) => {
      try {
        // Node never calls `lookup` for a literal address.
        if (isIP(target.hostname) !== 0) checkAddress(target.hostname, policy);
      } catch (error) {
        callback(error as Error, null);
        return;
      }
      connect(target, callback);
    },
  });
}
