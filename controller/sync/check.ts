import type { ErrorRecord } from '../../foundation/errors.ts';
import { parseRefKey } from '../../foundation/ids.ts';
import { nearest } from '../../crds/nearest.ts';
import type { ConnectorSpec } from '../../crds/index.ts';
import { findConnector } from '../../runner/connectors/index.ts';
import type { Connector } from '../../runner/ports.ts';
import { connectorOf as declaredConnectorOf } from '../catalogue.ts';
import { askedIssues, unknownConnector } from '../validate/asked.ts';
import { recordsOf } from '../validate/declaration.ts';
import type { DeclaredEntry, Open, Use } from './inspect.ts';

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
  /** The manifest of a Connector that is declared elsewhere; null when there is none. */
  readonly manifestOf?: (key: string) => ConnectorSpec | null;
  /** The only workspace that this repository may declare resources of; any when left out. */
  readonly only?: string;
}

/** Looking for what was meant takes time for each error; past so many, the first ones will do. */
const MAX_HINTS = 20;
/** The names of a kind in a workspace. */
type NamesOf = (kind: 'Connection' | 'Connector', namespace: string) => readonly string[];
const NONE: NamesOf = () => [];

/** Checks what no file can know alone: that each resource is declared once, and that what pipelines refer to exists. */
export function checkTogether(entries: readonly DeclaredEntry[], around: Surroundings): Together {
  const byKey = new Map<string, DeclaredEntry[]>();
  for (const entry of entries) {
    const same = byKey.get(entry.key);
    if (same === undefined) byKey.set(entry.key, [entry]);
    else same.push(entry);
  }
  const connectorOf = (key: string): string | null => byKey.get(key)?.[0]?.connector ?? around.connectorOf(key);
  // Thousands of pipelines may use one manifest.
  const found = new Map<string, Connector | undefined>();
  const declared = (name: string, key: string): Connector | undefined => {
    const manifest = byKey.get(key)?.[0]?.manifest ?? around.manifestOf?.(key) ?? null;
    return manifest === null ? undefined : declaredConnectorOf(name, manifest);
  };
  const find = (name: string, namespace: string): Connector | undefined => {
    const known = findConnector(name);
    if (known !== undefined) return known;
    const key = `Connector/${namespace}/${name}`;
    if (!found.has(key)) found.set(key, declared(name, key));
    return found.get(key);
  };
  const good: DeclaredEntry[] = [];
  const errors: ErrorRecord[] = [];
  const names = namesIn(byKey);
  for (const [key, same] of byKey) {
    const candidates = errors.length < MAX_HINTS ? names : NONE;
    const problems = [
      ...elsewhere(key, same[0]!, around),
      ...declaredOnce(key, same, around),
      ...references(key, same[0]!, { connectorOf, find, candidates }),
      ...same.flatMap((entry) => connectors(key, entry, { find, candidates })),
    ];
    if (problems.length === 0) good.push(same[0]!);
    else errors.push(...problems.map((error) => ({ ...error, workspace: parseRefKey(key).namespace })));
  }
  return { good, errors };
}

/** Who may declare a Repository in one workspace has no rights in another by that. */
function elsewhere(key: string, { at }: DeclaredEntry, { only }: Surroundings): ErrorRecord[] {
  const { namespace } = parseRefKey(key);
  if (only === undefined || namespace === only) return [];
  return [
    {
      code: 'invalid_resource',
      message: `${key} in ${at} is not of the namespace of its Repository, which declares resources of '${only}' only`,
      at,
      hint: `set \`metadata.namespace: ${only}\`, or declare it in a Repository of '${namespace}' or of the installation's own namespace`,
    },
  ];
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

/** Everything that is declared, here and elsewhere. */
interface Known {
  /** A connector of the catalogue, or of a workspace. */
  readonly find: (name: string, namespace: string) => Connector | undefined;
  /** Where to look for what was probably meant. */
  readonly candidates: NamesOf;
}

/** What a resource asks of connectors that are not in the catalogue. */
function connectors(key: string, entry: DeclaredEntry, { find, candidates }: Known): ErrorRecord[] {
  const { namespace } = parseRefKey(key);
  return (entry.open ?? []).flatMap((open) => {
    const connector = find(open.connector, namespace);
    const issues =
      connector === undefined
        ? [unknownConnector(open, candidates('Connector', namespace))]
        : askedIssues(open, connector);
    return recordsOf(key, (pointer) => placeOf(pointer, open), issues);
  });
}

/** Where a field stands, or what encloses it. */
function placeOf(pointer: string, { places, pointer: base }: Open): string {
  for (let at = pointer; at.length > base.length; at = at.slice(0, at.lastIndexOf('/'))) {
    const place = places[at];
    if (place !== undefined) return place;
  }
  return places[base]!;
}

/** Looks through the keys once for each kind and workspace that is asked for. */
function namesIn(keys: ReadonlyMap<string, unknown>): NamesOf {
  const known = new Map<string, readonly string[]>();
  return (kind, namespace) => {
    const prefix = `${kind}/${namespace}/`;
    const found =
      known.get(prefix) ??
      [...keys.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
    known.set(prefix, found);
    return found;
  };
}

function references(
  key: string,
  entry: DeclaredEntry,
  { connectorOf, find, candidates }: Known & { readonly connectorOf: (key: string) => string | null },
): ErrorRecord[] {
  const { namespace } = parseRefKey(key);
  return (entry.uses ?? []).flatMap((use) => {
    const connector = connectorOf(`Connection/${namespace}/${use.connection}`);
    if (connector === null) return [unknownConnection(use, namespace, candidates)];
    const faces = find(connector, namespace);
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

function unknownConnection(use: Use, namespace: string, candidates: NamesOf): ErrorRecord {
  const near = nearest(use.connection, candidates('Connection', namespace));
  return {
    code: 'reference_not_found',
    message: `connection '${use.connection}' is not declared in workspace '${namespace}'`,
    at: use.at,
    issues: [{ pointer: use.pointer, message: `no connection '${use.connection}'`, at: use.at }],
    ...(near === undefined ? {} : { hint: `did you mean '${near}'?` }),
  };
}
