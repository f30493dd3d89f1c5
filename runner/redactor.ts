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

  /** From now on this text, and no other form of it, appears as `shown`. */
  rename(text: string, shown: string): void {
    this.#shown.set(text, shown);
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

/**
 * A value as it may appear: itself, and each of its longer lines; as JSON, also within JSON; percent-encoded; in base 64, alone or
 * within something longer (`user:password`); and the password of a URL.
 */
function formsOf(value: string): ReadonlySet<string> {
  const forms = new Set<string>();
  for (const part of partsOf(value)) {
    const json = JSON.stringify(part).slice(1, -1);
    const percent = encodeURIComponent(part);
    // RFC 3986 lets these through as well, and not all encoders do.
    const strict = percent.replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
    forms.add(part).add(json).add(JSON.stringify(json).slice(1, -1));
    for (const encoded of [percent, strict]) {
      forms.add(encoded).add(encoded.replaceAll('%20', '+'));
      forms.add(encoded.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()));
    }
    for (const encoded of base64Forms(part)) forms.add(encoded).add(encoded.replaceAll('+', '-').replaceAll('/', '_'));
  }
  return forms;
}

/** Shorter lines of a value would blot out ordinary text. */
const MIN_LINE = 12;

function partsOf(value: string): readonly string[] {
  const lines = value.split(/\r?\n/);
  const parts = [value, value.trim(), ...(lines.length > 1 ? lines.filter((line) => line.length >= MIN_LINE) : [])];
  if (URL.canParse(value)) {
    const { password } = new URL(value);
    parts.push(password, decoded(password));
  }
  return parts;
}

/** Bytes of a value from which on its base 64 within a longer text is told from chance. */
const MIN_ENCODED = 6;

/** Its base 64, and what of that is the same whatever stands before and behind: one for each place in a group of three. */
function base64Forms(value: string): readonly string[] {
  const bytes = Buffer.from(value);
  if (bytes.length < MIN_ENCODED) return [];
  const within = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replaceAll('=', '');
    const end = (bytes.length + before) % 3 === 0 ? text.length : text.length - 1;
    return text.slice(before === 0 ? 0 : before + 1, end);
  });
  return [bytes.toString('base64'), ...within];
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const escapePattern = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
