import { fromPointer } from './pointer.ts';

/** Which side of a field to point at: its name when the name is the problem, else what stands there. */
export type Side = 'key' | 'value';

/** Where the members of one map or list are written. */
interface MemberPlaces {
  /** Names of a map's members; null for a list. */
  readonly names: readonly string[] | null;
  /** Of each member the offset of its name and of its value; the same where it has no name or nothing for a value. */
  readonly offsets: readonly number[];
}

/**
 * Where in a text the parts of a value are written. A few numbers a field, so that the syntax tree need not be kept.
 * What came through an anchor or a merge key has the place where it is written.
 */
export class Places {
  readonly #members = new Map<object, MemberPlaces>();
  #root: unknown = null;
  #rootOffset = 0;

  /** The value that pointers begin at, and the offset of its first character. */
  setRoot(value: unknown, offset: number): void {
    this.#root = value;
    this.#rootOffset = offset;
  }

  /** Notes where the members of a map (with their names) or of a list (null) are written. */
  add(container: object, names: readonly string[] | null, offsets: readonly number[]): void {
    // Copies, since an array that grew by itself has reserved far more than the few members of a usual map.
    this.#members.set(container, { names: names?.slice() ?? null, offsets: offsets.slice() });
  }

  /**
   * The offset of the field at a JSON pointer. A field that is missing is placed at the name of the nearest enclosing one
   * that is there.
   */
  offset(pointer: string, side: Side): number {
    let value = this.#root;
    let place = { key: this.#rootOffset, value: this.#rootOffset };
    for (const part of fromPointer(pointer)) {
      const member = typeof value === 'object' && value !== null ? this.member(value, part) : null;
      if (member === null) return place.key;
      place = member;
      value = (value as Record<string, unknown>)[part];
    }
    return place[side];
  }

  /** Where one member of a container is written, or null when it is not known. */
  member(container: object, part: string): { readonly key: number; readonly value: number } | null {
    const members = this.#members.get(container);
    if (members === undefined) return null;
    const index = members.names === null ? Number(part) : members.names.indexOf(part);
    const key = members.offsets[index * 2];
    const value = members.offsets[index * 2 + 1];
    return key === undefined || value === undefined ? null : { key, value };
  }
}
