/** References in the strings of a pipeline: `${env:NAME}`, `${file:/path}`, `${secret:name/key}`, `${var:NAME}`. */
import { HeadgateError } from '../foundation/errors.ts';

/** `${kind:name}`; a second `$` in front makes it plain text. */
export const REFERENCE = /\$(\$?)\{([a-z]+):([^}]*)\}/g;

export const REFERENCE_KINDS = ['env', 'file', 'secret', 'var'] as const;
export type ReferenceKind = (typeof REFERENCE_KINDS)[number];

export interface Reference {
  readonly kind: string;
  readonly name: string;
}

/** The references in a text, escaped ones (`$${…}`) left out. */
export function referencesIn(text: string): readonly Reference[] {
  if (!text.includes('${')) return [];
  return [...text.matchAll(REFERENCE)]
    .filter(([, escape]) => escape === '')
    .map(([, , kind, name]) => ({ kind: kind!, name: name! }));
}

/** Reads one value of the secret store; null when there is none. */
export interface SecretReader {
  read(name: string, key: string): Promise<string | null>;
  /** What to say of one that is not there, where that is not what a secret store of Headgate would have said. */
  missing?(name: string, key: string): { readonly message: string; readonly hint: string };
}

export interface ReferenceSources {
  readonly variables: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Contents of a file, as a pipeline may read it; throws `path_refused` or a file system error. */
  readonly readFile: (path: string) => Promise<string>;
  /** Undefined where this installation has no secret store. */
  readonly secrets?: SecretReader;
  /** Told of every value that came from `env`, `file` or `secret`, so that it can be redacted. */
  readonly onSecret: (value: string, reference: string) => void;
}

/**
 * Resolves references deep in a settings value; keys stay as they are. Throws `reference_not_found` with the pointer.
 */
export async function resolveDeep(value: unknown, sources: ReferenceSources, pointer: string): Promise<unknown> {
  if (typeof value === 'string') return resolveText(value, sources, pointer);
  if (Array.isArray(value)) {
    return Promise.all(value.map((member, index) => resolveDeep(member, sources, `${pointer}/${index}`)));
  }
  if (value === null || typeof value !== 'object') return value;
  const out: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    out[key] = await resolveDeep(member, sources, `${pointer}/${key}`);
  }
  return out;
}

/** Resolves every reference in a text. */
export async function resolveText(text: string, sources: ReferenceSources, pointer: string): Promise<string> {
  if (!text.includes('${')) return text;
  let out = '';
  let end = 0;
  for (const match of text.matchAll(REFERENCE)) {
    const [whole, escape, kind, name] = match;
    out += text.slice(end, match.index);
    out += escape === '' ? await lookUp({ kind: kind!, name: name! }, sources, pointer) : whole.slice(1);
    end = match.index + whole.length;
  }
  return out + text.slice(end);
}

/** The value of a variable; throws `reference_not_found`. */
export function variable(name: string, sources: Pick<ReferenceSources, 'variables'>, pointer: string): string {
  const value = Object.hasOwn(sources.variables, name) ? sources.variables[name] : undefined;
  if (value === undefined) {
    throw notFound(
      `variable ${name} is not declared`,
      pointer,
      'declare it under `variables`, or give it with the run',
    );
  }
  return value;
}

async function lookUp({ kind, name }: Reference, sources: ReferenceSources, pointer: string): Promise<string> {
  if (kind === 'var') return variable(name, sources, pointer);
  const value = await lookUpSecret(kind, name, sources, pointer);
  sources.onSecret(value, `\${${kind}:${name}}`);
  return value;
}

async function lookUpSecret(kind: string, name: string, sources: ReferenceSources, pointer: string): Promise<string> {
  switch (kind) {
    case 'env':
      return environmentValue(name, sources, pointer);
    case 'file':
      return fileValue(name, sources, pointer);
    case 'secret':
      return storedValue(name, sources, pointer);
    default:
      throw notFound(`unknown kind of reference '${kind}'`, pointer, `known kinds: ${REFERENCE_KINDS.join(', ')}`);
  }
}

/** Headgate's own settings, such as its administrator token, are not for pipelines, which come by pull request. */
function environmentValue(name: string, sources: ReferenceSources, pointer: string): string {
  if (/^HEADGATE_(?!VAR_)/i.test(name)) {
    throw notFound(
      `environment variable ${name} is Headgate's own and not for pipelines`,
      pointer,
      'use a name that does not begin with HEADGATE_, or begins with HEADGATE_VAR_',
    );
  }
  const value = sources.env[name];
  if (value === undefined) {
    throw notFound(`environment variable ${name} is not set where the runner runs`, pointer, 'set it for the server');
  }
  return value;
}

const MAX_FILE = 65_536;

async function fileValue(path: string, sources: ReferenceSources, pointer: string): Promise<string> {
  let content: string;
  try {
    content = await sources.readFile(path);
  } catch (cause) {
    if (cause instanceof HeadgateError) throw cause;
    throw notFound(`file ${path} cannot be read (${(cause as NodeJS.ErrnoException).code ?? 'error'})`, pointer);
  }
  if (content.length > MAX_FILE) throw notFound(`file ${path} is over ${MAX_FILE} characters`, pointer);
  return content.replace(/\r?\n$/, '');
}

async function storedValue(name: string, sources: ReferenceSources, pointer: string): Promise<string> {
  const [secret, key, ...rest] = name.split('/');
  if (!secret || !key || rest.length > 0) {
    throw notFound(`'\${secret:${name}}' is not of the form \${secret:name/key}`, pointer);
  }
  if (sources.secrets === undefined) {
    throw notFound(
      `secret ${name} cannot be read here: this process was given no keys`,
      pointer,
      'use ${env:NAME} or ${file:/path}',
    );
  }
  const value = await sources.secrets.read(secret, key);
  if (value === null) {
    const said = sources.secrets.missing?.(secret, key);
    if (said !== undefined) throw notFound(said.message, pointer, said.hint);
    throw notFound(
      `secret ${secret} has no key ${key} in the workspace of the pipeline`,
      pointer,
      `\`headgate secret set ${secret} ${key}\` asks for the value; --workspace names the workspace`,
    );
  }
  return value;
}

function notFound(message: string, at: string, hint?: string): HeadgateError {
  return new HeadgateError('reference_not_found', message, { at, hint });
}
