/** A block of an event stream. `data` is null for blocks that only carry a position. */
export interface Block {
  readonly event: string;
  readonly data: string | null;
  /** The position after this block, if one was ever given. */
  readonly id: string | null;
  /** Milliseconds to wait before a new connection, when the server said so. */
  readonly retry: number | null;
}

/** Characters that one block may have. */
const MAX_BLOCK = 64 * 1024 * 1024;

/**
 * Reads server-sent events from pieces of text of any length.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
export class SseParser {
  #rest = '';
  #first = true;
  #id: string | null = null;
  #event = '';
  #retry: number | null = null;
  #data: string[] = [];
  #size = 0;
  #touched = false;

  push(text: string): Block[] {
    this.#rest += this.#first ? text.replace(/^\uFEFF/, '') : text;
    if (text !== '') this.#first = false;
    const blocks: Block[] = [];
    let start = 0;
    for (const end of this.#rest.matchAll(/\r\n|\n|\r/g)) {
      // A carriage return at the very end may be half of a line end.
      if (end[0] === '\r' && end.index === this.#rest.length - 1) break;
      const block = this.#line(this.#rest.slice(start, end.index));
      if (block !== null) blocks.push(block);
      start = end.index + end[0].length;
    }
    this.#rest = this.#rest.slice(start);
    if (this.#rest.length + this.#size > MAX_BLOCK) throw new Error('an event of the stream is too large');
    return blocks;
  }

  #line(line: string): Block | null {
    if (line === '') return this.#end();
    const colon = line.indexOf(':');
    if (colon === 0) return null;
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    this.#touched = true;
    if (field === 'event') this.#event = value;
    else if (field === 'data') {
      this.#data.push(value);
      this.#size += value.length;
    } else if (field === 'id' && !value.includes('\0')) this.#id = value;
    else if (field === 'retry' && /^\d+$/.test(value)) this.#retry = Number(value);
    return null;
  }

  #end(): Block | null {
    if (!this.#touched) return null;
    const block: Block = {
      event: this.#event === '' ? 'message' : this.#event,
      data: this.#data.length === 0 ? null : this.#data.join('\n'),
      id: this.#id,
      retry: this.#retry,
    };
    this.#event = '';
    this.#data = [];
    this.#size = 0;
    this.#retry = null;
    this.#touched = false;
    return block;
  }
}
