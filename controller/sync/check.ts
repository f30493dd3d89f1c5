import type { ErrorRecord } from '../../foundation/errors.ts';
import { parseRefKey } from '../../foundation/ids.ts';
import { nearest } from '../../crds/nearest.ts';
import { findConnector } from '../../runner/connectors/index.ts';
import type { DeclaredEntry, Use } from './inspect.ts';

export interface Together {
  /** The entries without any problem. */
  readonly good: readonly DeclaredEntry[];
  readonly errors: readonly ErrorRecord[];
}

/** What the rest of the installation declares. */
export interface Surroundings {
  /** The name of the repository (or `kubectl`) that owns a key, when it is not this one. */
  readonly ownerOf: (key: string) => string | null;
  /** The connector of a connection that is declared elsewhere; null when there is none. */
  readonly connectorOf: (key: string) => string | null;
}

/** Looking for what was meant takes time for each error; past so many, the first ones will do. */
const MAX_HINTS = 20;
const NONE: ReadonlyMap<string, unknown> = new Map();

/** Checks what no file can know alone: that each resource is declared once, and that what pipelines refer to exists. */
export function checkTogether(entries: readonly DeclaredEntry[], around: Surroundings): Together {
  const byKey = new Map<string, DeclaredEntry[]>();
  for (const entry of entries) {
    const same = byKey.get(entry.key);
    if (same === undefined) byKey.set(entry.key, [entry]);
    else same.push(entry);
  }
  const connectorOf = (key: string): string | null => byKey.get(key)?.[0]?.connector ?? around.connectorOf(key);
  const good: DeclaredEntry[] = [];
  const errors: ErrorRecord[] = [];
  for (const [key, same] of byKey) {
    const candidates = errors.length < MAX_HINTS ? byKey : NONE;
    const problems = [...declaredOnce(key, same, around), ...references(key, same[0]!, connectorOf, candidates)];
    if (problems.length === 0) good.push(same[0]!);
    else errors.push(...problems.map((error) => ({ ...error, workspace: parseRefKey(key).namespace })));
  }
  return { good, errors };
}

function declaredOnce(key: string, same: readonly DeclaredEntry[], around: Surroundings): ErrorRecord[] {
  const errors = same.slice(1).map((entry): ErrorRecord => ({
    code: 'duplicate_resource',
    message: `${key} is declared twice: in ${same[0]!.at} and in ${entry.at}`,
    at: entry.at,
    hint: 'remove or rename one of the two; until then what was last good stays',
  }));
  const owner = around.ownerOf(key);
  if (owner !== null) {
    errors.push({
      code: 'duplicate_resource',
      message: `${key} in ${same[0]!.at} is already declared by ${owner}`,
      at: same[0]!.at,
    });
  }
  return errors;
}

function references(
  key: string,
  entry: DeclaredEntry,
  connectorOf: (key: string) => string | null,
  candidates: ReadonlyMap<string, unknown>,
): ErrorRecord[] {
  const { namespace } = parseRefKey(key);
  return (entry.uses ?? []).flatMap((use) => {
    const connector = connectorOf(`Connection/${namespace}/${use.connection}`);
    if (connector === null) return [unknownConnection(use, namespace, candidates)];
    const faces = findConnector(connector);
    if (faces === undefined || faces[use.role] !== undefined) return [];
    // What arrives through the API needs no code that reads.
    if (use.role === 'source' && faces.streaming === true) return [];
    return [
      {
        code: 'invalid_resource' as const,
        message: `connection '${use.connection}' (${connector}) cannot be used as a ${use.role}`,
        at: use.at,
        issues: [{ pointer: use.pointer, message: `connector ${connector} has no ${use.role}`, at: use.at }],
      },
    ];
  });
}

function unknownConnection(use: Use, namespace: string, candidates: ReadonlyMap<string, unknown>): ErrorRecord {
  const prefix = `Connection/${namespace}/`;
  const names = [...candidates.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
  const near = nearest(use.connection, names);
  return {
    code: 'reference_not_found',
    message: `connection '${use.connection}' is not declared in workspace '${namespace}'`,
    at: use.at,
    issues: [{ pointer: use.pointer, message: `no connection '${use.connection}'`, at: use.at }],
    ...(near === undefined ? {} : { hint: `did you mean '${near}'?` }),
  };
}
