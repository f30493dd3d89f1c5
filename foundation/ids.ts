import { createHash, randomBytes } from 'node:crypto';
import { monotonicFactory } from 'ulid';

/** What a resource is, everywhere: `kind/namespace/name`. */
export interface ResourceRef {
  readonly kind: Kind;
  readonly namespace: string;
  readonly name: string;
}

export type Kind = 'Pipeline' | 'Connection' | 'Connector' | 'Repository' | 'Run';

const PREFIXES: Record<Kind, string> = {
  Pipeline: 'pl',
  Connection: 'cn',
  Connector: 'ct',
  Repository: 'rp',
  Run: 'run',
};

// Crockford's base 32 in lower case: no i, l, o, u (https://www.crockford.com/base32.html).
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

function base32(bytes: Uint8Array, length: number): string {
  let out = '';
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5 && out.length < length) {
      out += ALPHABET[(value >>> (bits - 5)) & 31];
      bits -= 5;
    }
    value &= (1 << bits) - 1;
  }
  return out;
}

/** `Pipeline/default/orders`: the key of a resource in queues, maps and messages. */
export function refKey(ref: ResourceRef): string {
  return `${ref.kind}/${ref.namespace}/${ref.name}`;
}

/** The inverse of `refKey`. Names hold no slash, so this is exact. */
export function parseRefKey(key: string): ResourceRef {
  const [kind, namespace, name] = key.split('/');
  if (kind === undefined || !(kind in PREFIXES) || namespace === undefined || name === undefined) {
    throw new TypeError(`not a resource key: ${key}`);
  }
  return { kind: kind as Kind, namespace, name };
}

/** The API's id of a resource: the same in every installation and after a rebuild (80 bits of SHA-256). */
export function resourceId(ref: ResourceRef): string {
  return `${PREFIXES[ref.kind]}_${base32(createHash('sha256').update(refKey(ref)).digest(), 16)}`;
}

/**
 * The id of a scheduled run: derived from the pipeline and the instant, so that one occurrence can exist once only
 * (invariant 3). `instant` is epoch milliseconds.
 */
export function scheduledRunId(pipelineId: string, instant: number): string {
  return `run_${base32(createHash('sha256').update(`${pipelineId}@${instant}`).digest(), 26)}`;
}

/** An id derived from texts: the same for the same ones (130 bits of SHA-256). */
export function derivedId(prefix: string, ...parts: readonly string[]): string {
  return `${prefix}_${base32(createHash('sha256').update(JSON.stringify(parts)).digest(), 26)}`;
}

/** The id of the token that is the inbound key of a connection: it has one at most. */
export function inboundKeyId(connectionId: string): string {
  return derivedId('tok', 'inbound', connectionId);
}

const ulid = monotonicFactory(pooledRandom());

/** Random fractions out of a pool: drawing single bytes from the system costs more than all the rest of an id. */
function pooledRandom(): () => number {
  let pool = Buffer.alloc(0);
  let next = 0;
  return () => {
    if (next === pool.length) {
      pool = randomBytes(1024);
      next = 0;
    }
    return pool[next++]! / 256;
  };
}

/** A new id: `run_01k…`; sorts by time of creation. */
export function newId(prefix: string): string {
  return `${prefix}_${ulid().toLowerCase()}`;
}

/** A random secret of `bytes` bytes in base 32. */
export function randomSecret(bytes = 24): string {
  return base32(randomBytes(bytes), Math.floor((bytes * 8) / 5));
}

/** Hex SHA-256 of a JSON value with sorted keys: the same for equal values, whatever order they were written in. */
export function contentHash(value: unknown): string {
  return createHash('sha256').update(stableJson(value)).digest('hex');
}

/** JSON with sorted object keys; `undefined` members are left out. */
export function stableJson(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(stableJson).join(',')}]`;
  const members: string[] = [];
  for (const key of Object.keys(value).sort()) {
    const member = (value as Record<string, unknown>)[key];
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${stableJson(member)}`);
  }
  return `{${members.join(',')}}`;
}
