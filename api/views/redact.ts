export const REDACTED = '[redacted]';

const SECRET_NAME =
  /secret|token|passw|passphrase|pwd|credential|authori[sz]ation|private|api[-_]?key|access[-_]?key|cookie|signature/i;
/** Names of names: `secretName`, `secretKeyRef`. */
const REFERENCE_NAME = /(Name|Ref)$/;
/** A text that only refers to a value kept elsewhere. */
const REFERENCE = /^\$\{(env|file|secret|var):[^}]+\}$/;
const USERINFO = /([a-z][a-z0-9+.-]*:\/\/)[^\s/@]*:[^\s/@]*@/gi;

/** Whether a name looks like that of a secret. Rather one too many than one too few. */
export function looksSecret(name: string): boolean {
  return SECRET_NAME.test(name) && !REFERENCE_NAME.test(name);
}

/** A copy of a spec that may be shown: settings, variables and Pod templates redacted, and user and password in URLs. */
export function redactConfig(value: unknown, name = ''): unknown {
  if (name === 'settings' || name === 'podTemplate' || name === 'variables') return redactSettings(value);
  return mapMembers(value, redactConfig) ?? shown(value, false);
}

/** Variables of a run with the values of secret-looking ones hidden; references stay, since they hold no value. */
export function redactVariables(variables: Readonly<Record<string, string>>): Record<string, string> {
  return redactSettings(variables) as Record<string, string>;
}

/**
 * A copy of settings with texts under secret-looking names hidden, and user and password in URLs. Secret fields hold
 * references only; this is for what people put into free-form ones, such as header fields of a request.
 */
export function redactSettings(value: unknown, hidden = false): unknown {
  const isNamedSecret = isPair(value) && looksSecret(value.name);
  const copy = mapMembers(value, (member, key) =>
    redactSettings(member, hidden || looksSecret(key) || (isNamedSecret && key === 'value')),
  );
  return copy ?? shown(value, hidden);
}

/** A variable in the form of Kubernetes: `{name: TOKEN, value: abc}`. */
function isPair(value: unknown): value is { name: string; value: unknown } {
  return (
    typeof value === 'object' && value !== null && 'value' in value && 'name' in value && typeof value.name === 'string'
  );
}

/** A copy of a list or object with each member mapped; undefined for what has no members. */
function mapMembers(value: unknown, map: (member: unknown, key: string) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => map(item, ''));
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, map(member, key)]));
}

function shown(value: unknown, hidden: boolean): unknown {
  if (typeof value !== 'string') return value;
  if (hidden) return REFERENCE.test(value) ? value : REDACTED;
  return value.replace(USERINFO, `$1${REDACTED}@`);
}
