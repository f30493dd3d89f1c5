/** JSON whose integers keep their digits. */

// Only texts with an integer of 16 digits or a three-digit exponent can lose anything; all others take the way that is ten
// times as fast. What looks like such a number within a string costs time only.
const MAY_LOSE = /(?:^|[[:,\s])-?(?:\d{16}|\d[\d.]*[eE]\+?\d{3})/;

const MAX_HUGEINT = 2n ** 127n - 1n;

/** Whether `parseJson` needs no more than `JSON.parse` for this text. */
export function isPlainJson(text: string): boolean {
  return !MAY_LOSE.test(text);
}

/**
 * Parses JSON. An integer beyond ±(2^53 - 1) becomes a bigint, one beyond 128 bits and a number beyond the range of a
 * double become the text that stood there. Other numbers are doubles, as RFC 8259 (6) advises. Throws `SyntaxError`.
 */
export function parseJson(text: string): unknown {
  return MAY_LOSE.test(text) ? JSON.parse(text, exactNumber) : JSON.parse(text);
}

function exactNumber(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source;
  if (typeof value !== 'number' || source === undefined || Number.isSafeInteger(value)) return value;
  if (!Number.isFinite(value)) return source;
  if (!/^-?\d+$/.test(source)) return value;
  const exact = BigInt(source);
  return exact <= MAX_HUGEINT && exact >= -MAX_HUGEINT ? exact : source;
}

/** JSON text of a value whose bigints become integers with all their digits. Throws `TypeError` for a cycle. */
export function formatJson(value: unknown, indent?: number): string {
  const exact = (_key: string, member: unknown): unknown =>
    typeof member === 'bigint' ? rawJson(String(member)) : member;
  try {
    // Most values hold no bigint, and this way is ten times as fast; for a bigint it throws, and for a cycle both do.
    return JSON.stringify(value, undefined, indent);
  } catch {
    return JSON.stringify(value, exact, indent);
  }
}

/** `JSON.rawJSON` of the proposal "JSON.parse source text access", which Node has and the compiler's library lacks. */
const rawJson = (text: string): unknown => (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(text);
