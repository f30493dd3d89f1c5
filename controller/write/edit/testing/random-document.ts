/** Random YAML in many styles, with the value that it stands for: for property tests. */
import * as fc from 'fast-check';

export interface RandomMember {
  readonly key: string;
  readonly value: unknown;
  /** Its lines, with the comments in and above it. */
  readonly text: string;
}

export interface RandomDocument {
  readonly members: readonly RandomMember[];
  /** The members as the fields of a map at `column`. */
  readonly text: string;
}

const KEYS = ['a', 'b', 'c', 'name', 'key with space', '10', 'x-y', 'true', 'é', 'path/to', 'q?', '-k', 'a: b'];
const WORDS = [
  '',
  'plain',
  'two words',
  'yes',
  '12',
  'a: b',
  '# no comment',
  "it's",
  'say "hi"',
  '{x}',
  '- dash',
  ' lead',
  'trail ',
  'é✓',
  '*star',
  '&and',
  '!bang',
  '%pct',
  '@at',
  'null',
  '~',
  '0x1f',
  '1e3',
  'a\nb',
  'a\n\nb\n',
  '\ttab',
  'x\r\ny',
  '\u0007',
  'a #b',
  'long '.repeat(40).trim(),
  '2024-01-01',
  '---',
  '...',
  '<<',
  '| x',
  'a\n  b\n',
  '\n',
  'x\n\n',
  'a,b',
  '[',
  '?',
  ':',
  'c:',
];

export const scalar = fc.oneof(
  fc.constantFrom(...WORDS),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => (Object.is(x, -0) ? 0 : x)),
  fc.string(),
);

export const value = fc.letrec((tie) => ({
  any: fc.oneof({ maxDepth: 3, withCrossShrink: true }, scalar, tie('list'), tie('map')),
  list: fc.array(tie('any'), { maxLength: 4 }),
  map: fc.dictionary(fc.constantFrom(...KEYS), tie('any'), { maxKeys: 4, noNullPrototype: true }),
})).any;

export const members = fc.uniqueArray(fc.tuple(fc.constantFrom(...KEYS), value), {
  minLength: 1,
  maxLength: 5,
  selector: ([key]) => key,
});

/** Writes values in styles that `choose` decides: it answers a number below its argument. */
export function writeMembers(
  pairs: readonly (readonly [string, unknown])[],
  column: number,
  choose: (below: number) => number,
): RandomDocument {
  const writer = new Writer(choose);
  const list = pairs.map(([key, member]) => ({
    key,
    value: member,
    text: writer.pair(key, member, column).join('\n'),
  }));
  return { members: list, text: list.map(({ text }) => text).join('\n') };
}

class Writer {
  readonly #choose: (below: number) => number;
  #comments = 0;
  constructor(choose: (below: number) => number) {
    this.#choose = choose;
  }

  pair(key: string, member: unknown, column: number): string[] {
    const lines = this.#above(column);
    const indent = ' '.repeat(column);
    const name = /^[a-z-]+$/.test(key) && key !== 'true' && !key.startsWith('-') ? key : JSON.stringify(key);
    const [head, rest] = this.#value(
      member,
      column,
      1 + this.#choose(4),
      Array.isArray(member) ? this.#choose(3) : 1 + this.#choose(4),
    );
    return [
      ...lines,
      `${indent}${name}:${head === '' ? '' : ' '.repeat(1 + this.#choose(2))}${head}`.trimEnd(),
      ...rest,
    ];
  }

  #above(column: number): string[] {
    const lines: string[] = [];
    if (this.#choose(5) === 0) lines.push('');
    if (this.#choose(4) === 0) lines.push(`${' '.repeat(column)}# note ${(this.#comments += 1)}`);
    return lines;
  }

  #behind(): string {
    return this.#choose(5) === 0 ? ` # remark ${(this.#comments += 1)}` : '';
  }

  /** What follows the colon or dash, and lines. `further`: how much further right nested entries stand. */
  #value(member: unknown, column: number, _: number, further: number): [string, string[]] {
    const isNested = typeof member === 'object' && member !== null && Object.keys(member).length > 0;
    if (!isNested) return this.#scalar(member, column);
    if (this.#choose(4) === 0) return [this.#flow(member) + this.#behind(), []];
    return [this.#behind().trimStart(), this.#block(member, column + further)];
  }

  #block(member: object, column: number): string[] {
    if (!Array.isArray(member)) return Object.entries(member).flatMap(([key, item]) => this.pair(key, item, column));
    return member.flatMap((item: unknown): string[] => {
      const above = this.#above(column);
      const wide = 2 + this.#choose(2);
      const dash = `${' '.repeat(column)}-${' '.repeat(wide - 1)}`;
      if (typeof item === 'object' && item !== null && Object.keys(item).length > 0 && this.#choose(3) > 0) {
        const lines = this.#block(item, column + wide);
        while (lines[0]!.trim() === '' || lines[0]!.trim().startsWith('#')) lines.shift();
        return [...above, dash + lines[0]!.trimStart(), ...lines.slice(1)];
      }
      const [head, rest] = this.#value(item, column, 0, wide);
      return [...above, (dash + head).trimEnd(), ...rest];
    });
  }

  #scalar(member: unknown, column: number): [string, string[]] {
    if (member === null && this.#choose(2) === 0) return [this.#behind().trimStart(), []];
    if (
      typeof member === 'string' &&
      /^[a-z][^]*[a-z]\n?$/.test(member) &&
      /^[a-z\n]+$/.test(member) &&
      member.includes('\n')
    ) {
      const indent = ' '.repeat(column + 1 + this.#choose(3));
      const body = member.replace(/\n$/, '').split('\n');
      return [
        (member.endsWith('\n') ? '|' : '|-') + this.#behind(),
        body.map((line) => (line === '' ? '' : indent + line)),
      ];
    }
    return [this.#flow(member) + this.#behind(), []];
  }

  #flow(member: unknown): string {
    if (Array.isArray(member))
      return `[${member.map((item: unknown) => this.#flow(item)).join(this.#choose(2) ? ', ' : ',')}]`;
    if (typeof member === 'object' && member !== null) {
      const [open, close] = this.#choose(2) ? ['{ ', ' }'] : ['{', '}'];
      const pairs = Object.entries(member).map(([key, item]) => `${JSON.stringify(key)}: ${this.#flow(item)}`);
      return pairs.length === 0 ? '{}' : open + pairs.join(', ') + close;
    }
    if (typeof member !== 'string') return JSON.stringify(member);
    if (/^[a-z]{3,}$/.test(member) && !['yes', 'null', 'true', 'false'].includes(member) && this.#choose(2))
      return member;
    // oxlint-disable-next-line no-control-regex
    if (/^[^\u0000-\u001f\u007f-\u009f\ufeff\u2028\u2029\ud800-\udfff]*$/.test(member) && this.#choose(2))
      return `'${member.replaceAll("'", "''")}'`;
    return JSON.stringify(member).replace(
      /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
      (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
  }
}
