/** Which fields of a settings schema are secret, and which of them hold literals. */
import type { TSchema } from 'typebox';
import type { Issue } from '../foundation/errors.ts';
import { referencesIn } from './references.ts';

/** The parts of JSON Schema that settings use. */
export interface SettingsSchema {
  readonly type?: string;
  readonly secret?: boolean;
  readonly properties?: Readonly<Record<string, SettingsSchema>>;
  readonly patternProperties?: Readonly<Record<string, SettingsSchema>>;
  readonly items?: SettingsSchema;
  readonly anyOf?: readonly SettingsSchema[];
}

/** Literals in secret fields, each with the way to mend it. */
export function secretLiterals(schema: TSchema, settings: unknown, pointer: string): readonly Issue[] {
  const issues: Issue[] = [];
  visitSecrets(schema, settings, pointer, (text, at) => {
    if (holdsSecretReference(text)) return;
    issues.push({
      code: 'literal_secret',
      pointer: at,
      message: `'${at.slice(pointer.length + 1).replaceAll('/', '.')}' is secret and has a literal value`,
      hint: 'put the value into the environment or the secret store and write ${env:NAME}, ${file:/path} or ${secret:name/key}',
    });
  });
  return issues;
}

/** Calls back with every text in a secret field, its pointer, and the names on the way to it. */
export function visitSecrets(
  schema: TSchema,
  value: unknown,
  pointer: string,
  visit: (text: string, pointer: string, path: readonly string[]) => void,
  path: readonly string[] = [],
): void {
  const node: SettingsSchema = schema;
  if (typeof value === 'string') {
    if (node.secret === true || node.anyOf?.some((branch) => branch.secret === true) === true)
      visit(value, pointer, path);
    return;
  }
  if (value === null || typeof value !== 'object') return;
  for (const [key, member] of Object.entries(value)) {
    const child = childOf(node, key);
    if (child !== undefined) visitSecrets(child, member, `${pointer}/${key}`, visit, [...path, key]);
  }
}

/** The schema of the object at a pointer into the settings, where there is one. */
export function schemaAt(schema: TSchema, pointer: string): SettingsSchema | undefined {
  let node: SettingsSchema | undefined = schema;
  for (const part of pointer.split('/').slice(1)) node = node === undefined ? undefined : childOf(node, part);
  return node;
}

function childOf(node: SettingsSchema, key: string): SettingsSchema | undefined {
  const own = node.properties?.[key] ?? node.items ?? Object.values(node.patternProperties ?? {})[0];
  if (own !== undefined) return own;
  for (const branch of node.anyOf ?? []) {
    const found = childOf(branch, key);
    if (found !== undefined) return found;
  }
  return undefined;
}

// A variable is written in the pipeline or given with a run, so it does not make a value secret.
const holdsSecretReference = (text: string): boolean =>
  text === '' || referencesIn(text).some(({ kind }) => kind === 'env' || kind === 'file' || kind === 'secret');
