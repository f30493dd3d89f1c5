import type { IncomingMessage } from 'node:http';
import type { Registry } from 'prom-client';
import type { Clock } from '../foundation/time.ts';
import type { Logger } from '../foundation/log.ts';
import type { ControllerHandle } from '../controller/handle.ts';
import type { Resources } from '../controller/ports.ts';
import type { Store } from '../store/ports.ts';
import type { RotateOptions, Rotation } from '../store/secrets/rotate.ts';
import type { SecretValues } from '../store/secrets/secret-store.ts';
import type { Authenticator } from './access/authenticator.ts';
import type { TokenAuthority } from './access/token-authority.ts';
import type { Throughput } from './events/throughput.ts';
import type { Uses } from './integrations/uses.ts';
import type { Cursors } from './paging/cursor.ts';
import type { RemoteOutputs } from './runs/output.ts';

/** What the API is built on. */
export interface ApiDeps {
  readonly resources: Resources;
  readonly store: Store;
  readonly secrets: SecretValues;
  /** A new key for everything that is sealed. */
  readonly rotateKey: (options: Pick<RotateOptions, 'forgetOld' | 'signal'>) => Promise<Rotation>;
  readonly controller: ControllerHandle;
  /** The name this installation serves, such as `prod`. */
  readonly environment: string;
  /** Absolute. Outputs of runs are below it, and so is the key that signs cursors. */
  readonly dataDir: string;
  /** Outputs of runs that are in object storage; none are when left out. */
  readonly remoteOutputs?: RemoteOutputs;
  readonly log: Logger;
  /** Where metrics are kept; the controller adds its own to the same one. A new one when left out. */
  readonly metrics?: Registry;
  /** Whose tokens are accepted beside those of the store; nobody's when left out. */
  readonly access?: TokenAuthority;
  /** What cursors are signed with, the same on all servers that share it; one in the data folder when left out. */
  readonly cursorKey?: string;
  readonly clock: Clock;
  readonly version: string;
  /**
   * Resolves the references in a text for the settings of webhook sources, which are needed here: signatures are checked
   * before an event is accepted. Where it is missing, settings with references are refused.
   */
  readonly resolveReference?: (
    text: string,
    variables: Readonly<Record<string, string>>,
    workspace: string,
  ) => Promise<string>;
}

/** Upper bounds of the HTTP side; each has a default in `DEFAULT_LIMITS`. */
export interface ApiLimits {
  /** Largest request body, in bytes. */
  readonly bodyBytes: number;
  /** How long a client may take to send its body, in milliseconds. */
  readonly bodyTimeoutMs: number;
  /** How long a client may take nothing of an answer that waits for it, and send nothing, in milliseconds; its connection is cut
   * after that, or twice that when it had just taken something. */
  readonly stallMs: number;
  /** Requests a second for each token. */
  readonly requestsPerSecond: number;
  /** Events a second for each token; requests that bring events do not count for `requestsPerSecond`. */
  readonly eventsPerSecond: number;
  /** Events of one request. */
  readonly eventsPerRequest: number;
  /** Largest body that brings events, compressed or not, in bytes. */
  readonly eventBodyBytes: number;
  /** Requests that bring events at the same time, and bytes of their bodies in memory; webhooks take half of each at most. */
  readonly eventRequests: number;
  readonly eventMemoryBytes: number;
  /** Live streams (followed logs) at the same time. */
  readonly streams: number;
  /** Failed authentications a minute: of one address (one /64 with IPv6), and of all together. */
  readonly failuresPerAddress: number;
  readonly failuresInAll: number;
  /** Records of changes that are kept, and as many of requests for one that were refused; how long, in milliseconds. */
  readonly auditRecords: number;
  readonly auditMs: number;
  /** How often a live stream of events looks whether its token is still good, in milliseconds. */
  readonly streamCheckMs: number;
  /** Conversions of outputs to CSV or JSON at the same time. */
  readonly conversions: number;
  /** Runs of one pipeline that wait for a runner. */
  readonly pendingRuns: number;
  /** Requested syncs of one repository that wait to be served. */
  readonly pendingSyncs: number;
  /** How long `cancel` waits for a running run to end, in milliseconds. */
  readonly cancelWaitMs: number;
  /** How long a write waits until its commit is synced, in milliseconds; then it is answered with 202. */
  readonly writeWaitMs: number;
}

export const DEFAULT_LIMITS: ApiLimits = {
  bodyBytes: 1024 * 1024,
  bodyTimeoutMs: 30_000,
  stallMs: 300_000,
  requestsPerSecond: 100,
  eventsPerSecond: 100_000,
  eventsPerRequest: 10_000,
  eventBodyBytes: 16 * 1024 * 1024,
  eventRequests: 10_000,
  eventMemoryBytes: 256 * 1024 * 1024,
  streams: 256,
  streamCheckMs: 10_000,
  failuresPerAddress: 20,
  failuresInAll: 10_000,
  auditRecords: 100_000,
  auditMs: 400 * 86_400_000,
  conversions: 2,
  pendingRuns: 1000,
  pendingSyncs: 100,
  cancelWaitMs: 5000,
  writeWaitMs: 15_000,
};

/** What a route's handler is given beside the request. */
export interface RouteDeps extends ApiDeps {
  readonly metrics: Registry;
  readonly limits: ApiLimits;
  readonly cursors: Cursors;
  /** Who uses which connection. */
  readonly uses: Uses;
  /** How fast streams go, by what was seen of them before. */
  readonly throughput: Throughput;
  /**
   * Revokes a token and waits until no server on this store takes it any more (a quarter of a second). False when there is
   * none.
   */
  readonly revokeToken: (id: string) => Promise<boolean>;
  readonly authenticator: Authenticator;
  /** The address of who sent a request. */
  readonly addressOf: (request: IncomingMessage) => string;
  /** Counted slots for work that is expensive while it lasts. */
  readonly slots: { readonly streams: Slots; readonly conversions: Slots };
  /** Aborts when the server begins to stop: streams end, and it is not ready any more. */
  readonly closing: AbortSignal;
}

/** Takes a slot and answers the function that gives it back; throws `unavailable` when all are taken. */
export interface Slots {
  take(): () => void;
}
