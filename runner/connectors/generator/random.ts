/**
 * Repeatable randomness as DuckDB expressions. A value depends on the seed, the column's name and the row number alone,
 * by arithmetic that no version of DuckDB can change (its own `hash` promises nothing).
 */
import { createHash } from 'node:crypto';
import { quoteList } from '../../quote.ts';

export const TWO_32 = 4_294_967_296;

const LOW_32 = TWO_32 - 1;

/** Draws for one column. `row` is an expression for the row number: an integer from 0 to 2^30. */
export class Draws {
  readonly #seed: number;
  readonly #column: string;
  readonly #row: string;

  constructor(seed: number, column: string, row: string) {
    this.#seed = seed;
    this.#column = column;
    this.#row = row;
  }

  /**
   * A UBIGINT below 2^32. `purpose` tells the draws of a column apart. The mixing is the finaliser of MurmurHash3, after
   * a multiplication that spreads neighbouring rows (Knuth's multiplicative hash).
   */
  bits32(purpose: string): string {
    const digest = createHash('sha256').update(`${this.#seed}\0${this.#column}\0${purpose}`).digest();
    const start = `((${this.#row}::UBIGINT * 2654435761 + ${digest.readUInt32BE(0)}) & ${LOW_32})`;
    const once = multiplied(folded(start, 16), 2_246_822_507);
    const twice = multiplied(folded(once, 13), 3_266_489_909);
    return folded(twice, 16);
  }

  /** A BIGINT from 0 to `count` - 1; `count` is at most 2^53. */
  below(count: number, purpose: string): string {
    if (count <= TWO_32) return `(${this.bits32(purpose)} % ${count})::BIGINT`;
    const wide = `(${this.bits32(purpose)} * 2097152 + (${this.bits32(`${purpose}/low`)} >> 11))`;
    return `(${wide} % ${count})::BIGINT`;
  }

  /** A BOOLEAN that is true in the given share of rows. */
  chance(share: number, purpose: string): string {
    return `(${this.bits32(purpose)} < ${Math.round(share * TWO_32)})`;
  }

  /** One of some texts. */
  pick(values: readonly string[], purpose: string): string {
    return `${quoteList(values)}[1 + ${this.below(values.length, purpose)}]`;
  }
}

const folded = (value: string, bits: number): string => `xor(${value}, ${value} >> ${bits})`;

const multiplied = (value: string, factor: number): string => `((${value} * ${factor}) & ${LOW_32})`;
