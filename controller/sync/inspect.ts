import type { ErrorRecord } from '../../foundation/errors.ts';
import { refKey } from '../../foundation/ids.ts';
import { isKind, refOf, type ConnectorSpec, type Resource } from '../../crds/index.ts';
import { parseFile, type ParsedResource } from '../../crds/parse.ts';
import { findConnector } from '../../runner/connectors/index.ts';
import type { Asked } from '../validate/asked.ts';
import { askedOf, checkDeclaration } from '../validate/declaration.ts';
import { declarationHash } from '../plan/plan.ts';

/** A connection that a pipeline uses. */
export interface Use {
  readonly connection: string;
  readonly role: 'source' | 'destination';
  readonly pointer: string;
  readonly at: string;
}

/** What is asked of a connector that is not in the catalogue, and where each field of it stands. */
export interface Open extends Asked {
  /** `file:line:column` by JSON pointer: of `pointer` and of all that stands below it. */
  readonly places: Readonly<Record<string, string>>;
}

/** What a sync keeps of one declared resource; light, since there may be many thousands. */
export interface DeclaredEntry {
  readonly key: string;
  readonly hash: string;
  /** `file:line` */
  readonly at: string;
  /** For a Connection. */
  readonly connector?: string;
  /** For a Pipeline. */
  readonly uses?: readonly Use[];
  /** What another file, or the installation, has to answer. */
  readonly open?: readonly Open[];
  /** For a Connector. */
  readonly manifest?: ConnectorSpec;
}

/** What one file says by itself, whatever stands in the others. Kept by blob id, so that a file is looked at once. */
export interface Findings {
  readonly entries: readonly DeclaredEntry[];
  readonly errors: readonly ErrorRecord[];
  /** The size in bytes of a JSON file that is too large to declare anything, and is taken for data. */
  readonly oversized?: number;
}

export interface Inspection {
  readonly findings: Findings;
  /** The valid resources, in the order of `findings.entries`. */
  readonly resources: readonly Resource[];
}

/** Parses and checks one file. Resources with a problem are left out and the problem is among the errors. */
export function inspectFile(
  bytes: Uint8Array,
  file: string,
  options: { readonly namespace?: string } = {},
): Inspection {
  const parsed = parseFile(bytes, file, options);
  const errors: ErrorRecord[] = [...parsed.errors];
  const entries: DeclaredEntry[] = [];
  const resources: Resource[] = [];
  for (const document of parsed.documents) {
    const found = checkDeclaration(document);
    if (found.length > 0) {
      const workspace = document.resource.metadata.namespace;
      errors.push(...found.map((error) => ({ ...error, workspace })));
      continue;
    }
    entries.push(entryOf(document));
    resources.push(document.resource);
  }
  return { findings: { entries, errors }, resources };
}

function entryOf(document: ParsedResource): DeclaredEntry {
  const { resource } = document;
  const open = openOf(document);
  return {
    key: refKey(refOf(resource)),
    hash: declarationHash(resource),
    at: `${document.file}:${document.line}`,
    ...(isKind('Connection', resource) ? { connector: resource.spec.connector } : {}),
    ...(isKind('Pipeline', resource) ? { uses: usesOf(resource, document) } : {}),
    ...(isKind('Connector', resource) ? { manifest: resource.spec } : {}),
    ...(open.length === 0 ? {} : { open }),
  };
}

function openOf({ resource, at }: ParsedResource): readonly Open[] {
  return askedOf(resource)
    .filter(({ connector }) => findConnector(connector) === undefined)
    .map((asked) => {
      const { pointer, settings } = asked;
      const fields = ['connector', 'stream', 'query', 'mode'].map((field) => `${pointer}/${field}`);
      const pointers = [pointer, ...fields, ...pointersOf(settings, `${pointer}/settings`)];
      return { ...asked, places: Object.fromEntries(pointers.map((each) => [each, at(each)])) };
    });
}

/** A pointer to a value and to everything in it. */
function pointersOf(value: unknown, pointer: string): string[] {
  if (value === null || typeof value !== 'object') return [pointer];
  const inner = Object.entries(value).flatMap(([key, member]) =>
    pointersOf(member, `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  );
  return [pointer, ...inner];
}

function usesOf(pipeline: Resource<'Pipeline'>, document: ParsedResource): Use[] {
  const { spec } = pipeline;
  const uses: Use[] = [];
  const add = (role: Use['role'], connection: string | undefined, pointer: string): void => {
    if (connection !== undefined) uses.push({ connection, role, pointer, at: document.at(pointer) });
  };
  add('source', spec.source?.connection, '/spec/source/connection');
  spec.sources?.forEach((source, index) => add('source', source.connection, `/spec/sources/${index}/connection`));
  add('destination', spec.destination?.connection, '/spec/destination/connection');
  spec.destinations?.forEach((destination, index) =>
    add('destination', destination.connection, `/spec/destinations/${index}/connection`),
  );
  return uses;
}
