/** A file of lines that only grows. What was confirmed stays; what was not is cut off again. */
import { constants } from 'node:fs';
import { mkdir, open, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeDurable } from '../durable.ts';

const NEWLINE = 10;
/** How much is read at once to find where the last line begins, in bytes. */
const CHUNK = 65_536;
/** A last line beyond this many bytes is torn for sure: no record is that long. */
const MAX_LINE = 64 * 2 ** 20;

/** What the log says of a line that was cut off. */
export const tornMessage = (path: string, bytes: number): string =>
  `'${path}' ended with a line that was not written to its end: its ${bytes} bytes were removed`;

export class LineFile {
  readonly path: string;
  readonly #onCut: (bytes: number) => void;
  #handle: FileHandle | null = null;
  #size = 0;
  #inode = 0;

  /** `onCut` hears of a torn line of so many bytes that was cut off. */
  constructor(path: string, onCut: (bytes: number) => void) {
    this.path = path;
    this.#onCut = onCut;
  }

  /** Bytes that are confirmed. */
  get size(): number {
    return this.#size;
  }

  /** Makes the file where it is not there, and cuts off a line that was not written to its end. */
  async open(): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true });
    const { O_RDWR, O_APPEND, O_CREAT } = constants;
    const handle = await open(this.path, O_RDWR | O_APPEND | O_CREAT, 0o666);
    try {
      const { ino, size } = await handle.stat();
      this.#size = size === 0 ? 0 : await mend(handle, size, this.#onCut);
      this.#inode = ino;
      await makeDurable(dirname(this.path));
    } catch (error) {
      await handle.close();
      throw error;
    }
    this.#handle = handle;
  }

  /**
   * Adds whole lines. They are on the disk when it resolves. When it rejects, they are cut off again, as far as the disk still
   * takes that.
   */
  async append(lines: Buffer): Promise<void> {
    const handle = await this.#current();
    const before = this.#size;
    try {
      await handle.appendFile(lines);
      await handle.datasync();
      this.#size = before + lines.length;
    } catch (error) {
      await this.#undo(handle, before, lines.length);
      throw error;
    }
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = null;
    await handle?.close();
  }

  /** The open file, as long as it is what the path names and nobody else changed it. */
  async #current(): Promise<FileHandle> {
    const there = await stat(this.path).catch(() => null);
    if (this.#handle !== null && there?.ino === this.#inode && there.size === this.#size) return this.#handle;
    await this.close();
    await this.open();
    return this.#handle!;
  }

  /** Whatever goes wrong here as well, opening the file again mends it. */
  async #undo(handle: FileHandle, before: number, length: number): Promise<void> {
    const { size } = await handle.stat().catch(() => ({ size: 0 }));
    // Beyond what was to be added, it would be somebody else's.
    if (size > before && size <= before + length) await handle.truncate(before).catch(() => undefined);
    await this.close().catch(() => undefined);
  }
}

/** Ends the file with a whole line, and answers its size. A last line that is complete but for its end stays. */
async function mend(handle: FileHandle, size: number, onCut: (bytes: number) => void): Promise<number> {
  const begin = await lastLineAt(handle, size);
  if (begin === size) return size;
  if (await isRecord(handle, begin, size)) {
    await handle.appendFile('\n');
    await handle.datasync();
    return size + 1;
  }
  await handle.truncate(begin);
  await handle.datasync();
  onCut(size - begin);
  return begin;
}

/** Where what follows the last line break begins. */
async function lastLineAt(handle: FileHandle, size: number): Promise<number> {
  const buffer = Buffer.alloc(CHUNK);
  for (let end = size; end > 0;) {
    const from = Math.max(0, end - CHUNK);
    const { bytesRead } = await handle.read(buffer, 0, end - from, from);
    const found = buffer.subarray(0, bytesRead).lastIndexOf(NEWLINE);
    if (found !== -1) return from + found + 1;
    end = from;
  }
  return 0;
}

/** A part of an object is never an object, so a torn line is none. */
async function isRecord(handle: FileHandle, begin: number, size: number): Promise<boolean> {
  if (size - begin > MAX_LINE) return false;
  const buffer = Buffer.alloc(size - begin);
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, begin);
  try {
    const value: unknown = JSON.parse(buffer.toString('utf8', 0, bytesRead));
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
}
