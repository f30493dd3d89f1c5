/** Keeps secret values out of everything a runner says (invariant 6). */
import type { ErrorRecord } from '../foundation/errors.ts';

/** Shorter values would blot out ordinary text. */
const MIN_LENGTH = 4;

/** Replaces secret values by the references they came from. */
export class Redactor {
  readonly #shown = new Map<string, string>();
  #pattern: RegExp | null = null;

  /** From now on `value`, and the password in it where it is a URL, appear as `shown` (`${env:NAME}`). */
  add(value: string, shown: string): void {
    for (const form of formsOf(value)) {
      if (form.length >= MIN_LENGTH && !this.#shown.has(form)) this.#shown.set(form, shown);
    }
    this.#pattern = null;
  }

  text(text: string): string {
    if (this.#shown.size === 0) return text;
    // Longest first: a secret may hold another one.
    this.#pattern ??= new RegExp(
      [...this.#shown.keys()]
        .sort((a, b) => b.length - a.length)
        .map((value) => escapePattern(value))
        .join('|'),
      'g',
    );
    return text.replace(this.#pattern, (value) => this.#shown.get(value) ?? '[redacted]');
  }

  /** Every string within a JSON-like value; dates and bytes stay as they are. */
  deep(value: unknown): unknown {
    if (typeof value === 'string') return this.text(value);
    if (Array.isArray(value)) return value.map((member) => this.deep(member));
    if (value === null || typeof value !== 'object' || value instanceof Date || value instanceof Uint8Array) {
      return value;
    }
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, this.deep(member)]));
  }

  error(record: ErrorRecord): ErrorRecord {
    return this.deep(record) as ErrorRecord;
  }
}

/** A value as it may appear: itself, as JSON, percent-encoded, and the password of a URL. */
function formsOf(value: string): readonly string[] {
  const forms = new Set([value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value)]);
  if (URL.canParse(value)) {
    const { password } = new URL(value);
    forms.add(password).add(decoded(password));
  }
  return [...forms];
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const escapePattern = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
