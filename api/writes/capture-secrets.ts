/** Secrets that come as literals in a write: their values go into the secret store, and references to them into Git. */
import type { TSchema } from 'typebox';
import { referencesIn } from '../../runner/references.ts';
import { visitSecrets } from '../../runner/secret-fields.ts';
import type { SecretStore } from '../../store/secrets/secret-store.ts';
import type { ApiDeps } from '../deps.ts';

export interface CaptureRequest {
  readonly workspace: string;
  /** The name of the secret that takes the values: `capturedName('Connection', name)`. */
  readonly resource: string;
  readonly connectorSettingsSchema: TSchema;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Put before the path of a field where one resource has several settings: `source`. */
  readonly prefix?: string;
  /** Gets what takes the values back when the write fails: see `takeBack`. */
  readonly undo?: UndoCapture[];
  /** Only put the references in: nothing is stored. */
  readonly dryRun?: boolean;
}

export type UndoCapture = () => Promise<void>;

type Capturing = Pick<ApiDeps, 'secrets'>;

/** The secret of a resource: `connection-hubspot`, `pipeline-orders`. */
export function capturedName(kind: 'Connection' | 'Pipeline', name: string): string {
  return `${kind.toLowerCase()}-${name}`;
}

/**
 * Puts literal values of secret fields into the secret store and answers the settings with `${secret:<resource>/<field path>}`
 * in their place. The values are there before the write, so that whoever runs the new definition finds them; call it only
 * when the write really happens, and `takeBack(undo)` when that fails. Throws `invalid_request` or
 * `secret_key_missing`.
 */
export async function captureSecrets(
  { secrets }: Capturing,
  { workspace, resource, connectorSettingsSchema, settings, prefix, undo, dryRun }: CaptureRequest,
): Promise<Record<string, unknown>> {
  const copy = structuredClone(settings) as Record<string, unknown>;
  const values: Record<string, string> = {};
  visitSecrets(connectorSettingsSchema, settings, '', (text, _pointer, path) => {
    // One that refers to a variable is no value yet; the check of the settings refuses it.
    if (text === '' || referencesIn(text).length > 0) return;
    const key = keyOf(path, prefix);
    values[key] = unescapeReferences(text);
    setAt(copy, path, `\${secret:${resource}/${key}}`);
  });
  if (dryRun === true || Object.keys(values).length === 0) return copy;
  undo?.push(await restorer(secrets, workspace, resource, Object.keys(values)));
  await secrets.set(workspace, resource, values);
  return copy;
}

/** Takes back what was captured for a write that failed: values of before are there again, newest capture first. */
export async function takeBack(undo: UndoCapture[]): Promise<void> {
  for (const one of undo.splice(0).reverse()) await one();
}

/** Deletes what was captured for a resource that is gone. Whoever else refers to it by hand gets `reference_not_found`. */
export async function forgetCaptured({ secrets }: Capturing, workspace: string, resource: string): Promise<void> {
  await secrets.remove(workspace, resource);
}

async function restorer(
  secrets: SecretStore,
  workspace: string,
  name: string,
  keys: readonly string[],
): Promise<UndoCapture> {
  const before: Record<string, string> = {};
  for (const key of keys) {
    const value = await secrets.read(workspace, name, key);
    if (value !== null) before[key] = value;
  }
  return async () => {
    const added = keys.filter((key) => !Object.hasOwn(before, key));
    if (added.length > 0) await secrets.remove(workspace, name, added);
    if (Object.keys(before).length > 0) await secrets.set(workspace, name, before);
  };
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
