/** Secrets that come as literals in a write: their values go into the secret store, and references to them into Git. */
import type { TSchema } from 'typebox';
import { messageOf } from '../../foundation/errors.ts';
import { referencesIn } from '../../runner/references.ts';
import { visitSecrets } from '../../runner/secret-fields.ts';
import { isOfStem, type SecretValues, type SecretSummary } from '../../store/secrets/secret-store.ts';
import type { ApiDeps } from '../deps.ts';

export interface CaptureRequest {
  readonly workspace: string;
  /** The name of the secret that takes the values: `capturedName('Connection', name)`. */
  readonly resource: string;
  readonly connectorSettingsSchema: TSchema;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Put before the path of a field where one resource has several settings: `source`. */
  readonly prefix?: string;
  /** The specification that is live. A value that it refers to already is not stored again. */
  readonly current?: object | undefined;
  /** Gets what takes the values back when the write fails: see `takeBack`. */
  readonly undo?: UndoCapture[];
  /** Only put the references in: nothing is stored. */
  readonly dryRun?: boolean;
}

export type UndoCapture = () => Promise<void>;

type Capturing = Pick<ApiDeps, 'secrets'>;

/** A literal value, and where it stands in the settings. */
interface Literal {
  readonly path: readonly string[];
  /** The key that is wished for. */
  readonly key: string;
  readonly value: string;
}

/** Values of one field that nothing live refers to: so many stay, since commits may be under way that do. */
const SPARE = 5;
/** And those that are younger, in milliseconds. */
const SPARE_MS = 3_600_000;

/** The secret of a resource: `connection-hubspot`, `pipeline-orders`. */
export function capturedName(kind: 'Connection' | 'Pipeline', name: string): string {
  return `${kind.toLowerCase()}-${name}`;
}

/**
 * Puts literal values of secret fields into the secret store and answers the settings with `${secret:<resource>/<field path>}`
 * in their place. The values are there before the write, so that whoever runs the new definition finds them; each has a key
 * of its own (`<field path>-<random>` after the first), so that what runs meanwhile keeps its value until the commit is
 * synced, and for good when there is none. Call it only when the write really happens, and `takeBack(undo)` when that
 * fails. Throws `invalid_request` or `secret_key_missing`.
 */
export async function captureSecrets(
  { secrets }: Capturing,
  { workspace, resource, connectorSettingsSchema, settings, prefix, current, undo, dryRun }: CaptureRequest,
): Promise<Record<string, unknown>> {
  const copy = structuredClone(settings) as Record<string, unknown>;
  const literals: Literal[] = [];
  visitSecrets(connectorSettingsSchema, settings, '', (text, _pointer, path) => {
    // One that refers to a variable is no value yet; the check of the settings refuses it.
    if (text === '' || referencesIn(text).length > 0) return;
    literals.push({ path, key: keyOf(path, prefix), value: unescapeReferences(text) });
  });
  const refer = ({ path }: Literal, key: string): void => setAt(copy, path, `\${secret:${resource}/${key}}`);
  if (dryRun === true) {
    for (const literal of literals) refer(literal, literal.key);
    return copy;
  }
  const live = keysIn(current, resource);
  const fresh: Literal[] = [];
  for (const literal of literals) {
    const same = await sameValue(secrets, workspace, resource, literal, live);
    if (same === null) fresh.push(literal);
    else refer(literal, same);
  }
  if (fresh.length === 0) return copy;
  const keys = await secrets.add(
    workspace,
    resource,
    fresh.map(({ key, value }) => [key, value] as const),
    (known, now) => staleKeys(known, fresh, live, now),
  );
  undo?.push(async () => void (await secrets.remove(workspace, resource, keys)));
  for (const [index, literal] of fresh.entries()) refer(literal, keys[index]!);
  return copy;
}

/** Takes back what was captured for a write that failed. Never rejects: nothing refers to values that are left. */
export async function takeBack(undo: UndoCapture[], { log }: Pick<ApiDeps, 'log'>): Promise<void> {
  for (const one of undo.splice(0)) {
    await one().catch((error: unknown) => {
      log.warn({ reason: messageOf(error) }, 'the secrets of a write that failed are left in the secret store');
    });
  }
}

/** From now on the write may have arrived, whatever its answer is: a value that nothing refers to does no harm, a lost one does. */
export function keepCaptured(undo: UndoCapture[]): void {
  undo.length = 0;
}

/** Deletes what was captured for a resource that is gone. Whoever else refers to it by hand gets `reference_not_found`. */
export async function forgetCaptured({ secrets }: Capturing, workspace: string, resource: string): Promise<void> {
  await secrets.remove(workspace, resource);
}

/** The keys of the secret of a resource that a specification refers to. */
export function keysIn(spec: object | undefined, resource: string): ReadonlySet<string> {
  const texts = spec === undefined ? [] : referencesIn(JSON.stringify(spec));
  const start = `${resource}/`;
  return new Set(
    texts
      .filter(({ kind, name }) => kind === 'secret' && name.startsWith(start))
      .map(({ name }) => name.slice(start.length)),
  );
}

/** The key of the same field that is live and holds the same value. */
async function sameValue(
  secrets: SecretValues,
  workspace: string,
  resource: string,
  { key: wish, value }: Literal,
  live: ReadonlySet<string>,
): Promise<string | null> {
  for (const key of live) {
    if (isOfStem(key, wish) && (await secrets.read(workspace, resource, key)) === value) return key;
  }
  return null;
}

/** Former values of the fields that get new ones. */
function staleKeys(
  known: SecretSummary['keys'],
  fresh: readonly Literal[],
  live: ReadonlySet<string>,
  now: number,
): readonly string[] {
  return fresh.flatMap(({ key: wish }) =>
    known
      .filter(({ key }) => isOfStem(key, wish) && !live.has(key))
      .sort((a, b) => b.updatedAt - a.updatedAt)
      .slice(SPARE)
      .filter(({ updatedAt }) => updatedAt < now - SPARE_MS)
      .map(({ key }) => key),
  );
}

/** The path of a field as the key of a secret: `/auth/token` is `auth.token`. */
function keyOf(path: readonly string[], prefix: string | undefined): string {
  return [...(prefix === undefined ? [] : [prefix]), ...path].join('.').replaceAll(/[^A-Za-z0-9._-]/g, '_');
}

/** `$${` stands for `${` in settings; the stored value is taken as it is. */
const unescapeReferences = (text: string): string => text.replaceAll(/\$\$(?=\{[a-z]+:)/g, '$');

function setAt(root: Record<string, unknown>, path: readonly string[], value: string): void {
  let current = root;
  for (const part of path.slice(0, -1)) current = current[part] as Record<string, unknown>;
  current[path.at(-1)!] = value;
}
