/** Standard output and standard error as commands see them. */
import { createInterface } from 'node:readline';
import { Writable, type Readable } from 'node:stream';

export interface Terminal {
  /** Results. Programs read this. */
  readonly out: (text: string) => void;
  /** Everything else: progress, notes, errors. */
  readonly err: (text: string) => void;
  /** Cells of a line where results go to a terminal; undefined in a pipe, where nothing is cut. */
  readonly width: number | undefined;
  /** Whether what goes to `err` may be overwritten, as progress bars do. */
  readonly live: boolean;
  readonly color: boolean;
  /** What stands in standard input, up to `limit` bytes. */
  readonly readInput: (limit: number) => Promise<Uint8Array>;
  /** Asks for a line that is not shown; undefined where nobody can type. Rejects when the person ends it (Ctrl-C, Ctrl-D). */
  readonly readHidden?: (question: string) => Promise<string>;
  /** Standard input as it comes, or null where a person would have to type it. */
  readonly input: AsyncIterable<Uint8Array> | null;
}

export interface TerminalStreams {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** The terminal of this process. `noColor`: whether `NO_COLOR` is set (https://no-color.org) or the terminal is dumb. */
export function processTerminal(streams: TerminalStreams, noColor: boolean): Terminal {
  const { stdin, stdout, stderr } = streams;
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    // Some pseudo-terminals say that they have no columns.
    width: stdout.isTTY && stdout.columns > 0 ? stdout.columns : undefined,
    live: stderr.isTTY,
    color: !noColor && stdout.isTTY,
    readInput: (limit) => readAll(stdin, limit),
    ...(stdin.isTTY === true ? { readHidden: (question) => readHidden(question, stdin, stderr) } : {}),
    input: stdin.isTTY === true ? null : stdin,
  };
}

/** The line editor puts the terminal into raw mode, in which nothing typed is shown but by itself; what it shows goes nowhere. */
function readHidden(question: string, stdin: Readable, stderr: NodeJS.WriteStream): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const editor = createInterface({ input: stdin, output: nowhere, terminal: true, historySize: 0 });
  stderr.write(question);
  return new Promise<string>((resolve, reject) => {
    editor.once('line', resolve);
    editor.once('close', () => reject(new DOMException('nothing was typed', 'AbortError')));
  }).finally(() => {
    editor.close();
    stderr.write('\n');
  });
}

async function readAll(input: AsyncIterable<Uint8Array>, limit: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of input) {
    parts.push(part);
    size += part.length;
    // One byte over is enough for whoever asked to see that there is too much.
    if (size > limit) break;
  }
  return Buffer.concat(parts).subarray(0, limit + 1);
}
