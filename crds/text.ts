import type { ErrorRecord } from '../foundation/errors.ts';
import { FILE_LIMITS } from './limits.ts';

/** The text of a file, and where its lines begin. Columns and lines count from 1; a column is a UTF-16 unit. */
export class SourceText {
  readonly file: string;
  readonly text: string;
  #lineStarts: number[] | null = null;

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
  }

  /** The line that the character at `offset` stands on. */
  line(offset: number): number {
    const starts = this.#starts();
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  }

  /** `file:line:column` of a character. */
  position(offset: number): string {
    const line = this.line(offset);
    return `${this.file}:${line}:${offset - this.#starts()[line - 1]! + 1}`;
  }

  #starts(): number[] {
    if (this.#lineStarts === null) {
      this.#lineStarts = [0];
      for (let at = this.text.indexOf('\n'); at !== -1; at = this.text.indexOf('\n', at + 1)) {
        this.#lineStarts.push(at + 1);
      }
    }
    return this.#lineStarts;
  }
}

// What YAML calls printable leaves out these (https://yaml.org/spec/1.2.2/#51-character-set).
// oxlint-disable-next-line no-control-regex
const UNPRINTABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

/** Bytes as text: UTF-8 with or without a byte order mark, no control characters, within the limit of size. */
export function decodeFile(bytes: Uint8Array, file: string): SourceText | ErrorRecord {
  if (bytes.byteLength > FILE_LIMITS.bytes) {
    return {
      code: 'invalid_yaml',
      message: `the file has ${bytes.byteLength} bytes, more than the limit of ${FILE_LIMITS.bytes}`,
      at: `${file}:1:1`,
      hint: 'split it into several files',
    };
  }
  const text = decodeUtf8(bytes, true);
  if (text === null) {
    const before = new SourceText(file, decodeUtf8(bytes.subarray(0, validPrefix(bytes)), false)!);
    const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
    return {
      code: 'invalid_yaml',
      message: utf16 ? 'the file is UTF-16, not UTF-8' : 'the file is not UTF-8 text',
      at: before.position(before.text.length),
      hint: utf16 ? 'save it as UTF-8' : 'a binary file under the name of a YAML file? Remove or rename it',
    };
  }
  const source = new SourceText(file, text);
  const offset = text.search(UNPRINTABLE);
  if (offset === -1) return source;
  const code = text.codePointAt(offset)!.toString(16).toUpperCase().padStart(4, '0');
  return {
    code: 'invalid_yaml',
    message: `the control character U+${code} is not allowed in YAML`,
    at: source.position(offset),
    hint: 'a binary file under the name of a YAML file? Inside double quotes write it as an escape',
  };
}

function decodeUtf8(bytes: Uint8Array, fatal: boolean): string | null {
  try {
    return new TextDecoder('utf-8', { fatal }).decode(bytes);
  } catch {
    return null;
  }
}

/** How many bytes at the start are whole UTF-8 characters: by halving, since a longer invalid start stays invalid. */
function validPrefix(bytes: Uint8Array): number {
  const isValid = (length: number): boolean => {
    try {
      // `stream` lets a character be cut at the end.
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length), { stream: true });
      return true;
    } catch {
      return false;
    }
  };
  let low = 0;
  let high = bytes.byteLength;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (isValid(middle)) low = middle;
    else high = middle - 1;
  }
  while (low > 0 && decodeUtf8(bytes.subarray(0, low), true) === null) low -= 1;
  return low;
}
