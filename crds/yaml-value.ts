import { isAlias, isMap, isScalar, isSeq, type Alias, type Node, type YAMLMap, type YAMLSeq } from 'yaml';
import { FILE_LIMITS } from './limits.ts';
import { Places } from './places.ts';
import { isMergeKey, isNothing, isOpen, keyText, offsetOf, type Anchors } from './yaml-nodes.ts';

/** Something in the text that has no meaning as JSON, or passes a limit. */
export interface YamlProblem {
  /** Character in the file. */
  readonly offset: number;
  readonly message: string;
  readonly hint?: string;
}

export interface YamlValue {
  readonly value: unknown;
  readonly places: Places;
}

/** How much of the limits that count over a whole file is used. */
export interface ExpansionBudget {
  aliases: number;
  expandedValues: number;
}

/** Thrown inside the walk to leave it; caught by `toValue`. */
class Refused extends Error {
  readonly problem: YamlProblem;
  constructor(problem: YamlProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

/**
 * The JSON value of a YAML node: aliases copied, merge keys (`<<`) merged as YAML 1.1 had them and Kubernetes still does,
 * keys as strings. Refuses, with the place, what JSON cannot say: duplicate keys, tags, NaN, cycles. `anchors` holds those
 * of the document before the node; its own are added.
 */
export function toValue(root: Node, anchors: Anchors, budget: ExpansionBudget): YamlValue | YamlProblem {
  const places = new Places();
  try {
    const value = new Walk(anchors, budget, places).value(root, 1);
    places.setRoot(value, offsetOf(root));
    return { value, places };
  } catch (error) {
    if (error instanceof Refused) return error.problem;
    throw error;
  }
}

class Walk {
  readonly #budget: ExpansionBudget;
  readonly #places: Places;
  readonly #anchors: Anchors;
  readonly #targets = new Map<Alias, Node>();
  /** Anchored nodes that are being copied now: meeting one again is a cycle. */
  readonly #expanding = new Set<Node>();

  constructor(anchors: Anchors, budget: ExpansionBudget, places: Places) {
    this.#anchors = anchors;
    this.#budget = budget;
    this.#places = places;
  }

  value(node: unknown, depth: number): unknown {
    if (isAlias(node)) return this.#alias(node, depth);
    if (this.#expanding.size > 0) this.#spend(offsetOf(node));
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) return null;
    // Known before its content is read, so that a reference to itself is found.
    this.#name(node);
    refuseTag(node.tag, offsetOf(node));
    if (isScalar(node)) return scalarValue(node.value, offsetOf(node));
    if (depth > FILE_LIMITS.depth) {
      refuse(offsetOf(node), `more than ${FILE_LIMITS.depth} levels of maps and lists`);
    }
    return isMap(node) ? this.#map(node, depth) : this.#list(node, depth);
  }

  #name(node: Node & { anchor?: string }): void {
    if (node.anchor !== undefined && this.#expanding.size === 0) this.#anchors.set(node.anchor, node);
  }

  #list(node: YAMLSeq, depth: number): unknown[] {
    const result: unknown[] = [];
    const offsets: number[] = [];
    for (const item of node.items) {
      const offset = offsetOf(item, offsetOf(node));
      result.push(this.value(item, depth + 1));
      offsets.push(offset, offset);
    }
    this.#places.add(result, null, offsets);
    return result;
  }

  #map(node: YAMLMap, depth: number): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    const names: string[] = [];
    const offsets: number[] = [];
    const merges: { readonly value: unknown; readonly offset: number }[] = [];
    for (const pair of node.items) {
      const offset = offsetOf(pair.key, offsetOf(node));
      const key = this.#key(pair.key, offset, depth);
      if (isMergeKey(pair.key)) {
        merges.push({ value: this.value(pair.value, depth), offset });
      } else if (Object.hasOwn(result, key)) {
        const shown = JSON.stringify(key.slice(0, 64));
        refuse(offset, `the key ${shown} stands twice in the same map`, 'remove one of the two');
      } else {
        names.push(key);
        result[key] = this.value(pair.value, depth + 1);
        offsets.push(offset, isNothing(pair.value) ? offset : offsetOf(pair.value, offset));
      }
    }
    for (const merge of merges) this.#merge(result, merge.value, merge.offset, names, offsets);
    this.#places.add(result, names, offsets);
    return result;
  }

  /** Keys that stand in the map itself win; of several merged maps the first one does. */
  #merge(result: Record<string, unknown>, merged: unknown, offset: number, names: string[], offsets: number[]): void {
    for (const source of Array.isArray(merged) ? (merged as unknown[]) : [merged]) {
      if (typeof source !== 'object' || source === null || Array.isArray(source)) {
        refuse(offset, '`<<` merges maps only', 'write `<<: *name` where &name is a map');
      }
      for (const [key, value] of Object.entries(source)) {
        if (Object.hasOwn(result, key)) continue;
        const place = this.#places.member(source, key);
        result[key] = value as unknown;
        names.push(key);
        offsets.push(place?.key ?? offset, place?.value ?? offset);
      }
    }
  }

  #key(node: unknown, offset: number, depth: number): string {
    if (isScalar(node)) this.#name(node);
    const aliased = isAlias(node) ? this.#alias(node, depth) : undefined;
    const key = keyText(aliased ?? node);
    if (key === null) {
      refuse(
        offset,
        'a key must be a text, not a map, a list or nothing',
        isMap(node) ? 'a template such as {{ ... }} must be rendered before it is committed' : undefined,
      );
    }
    if (key === '__proto__') refuse(offset, "the key '__proto__' is not allowed");
    return key;
  }

  #alias(alias: Alias, depth: number): unknown {
    const name = alias.source.slice(0, 64);
    const offset = offsetOf(alias);
    const target = this.#targets.get(alias) ?? this.#anchors.get(alias.source);
    if (target === undefined) {
      refuse(offset, `the anchor &${name} is not defined before this place in the same document`);
    }
    this.#targets.set(alias, target);
    if (this.#expanding.has(target) || isOpen(target, offset)) refuse(offset, `the anchor &${name} contains itself`);
    this.#budget.aliases += 1;
    if (this.#budget.aliases > FILE_LIMITS.aliases) {
      refuse(offset, `more than ${FILE_LIMITS.aliases} uses of anchors in one file`);
    }
    this.#expanding.add(target);
    const value = this.value(target, depth);
    this.#expanding.delete(target);
    return value;
  }

  #spend(offset: number): void {
    this.#budget.expandedValues += 1;
    if (this.#budget.expandedValues > FILE_LIMITS.expandedValues) {
      refuse(offset, `the anchors of the file stand for more than ${FILE_LIMITS.expandedValues} values`);
    }
  }
}

function scalarValue(value: unknown, offset: number): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    refuse(offset, 'infinity and not-a-number have no form in JSON');
  }
  return value ?? null;
}

/** The tags of JSON's own types say nothing new; `!` alone makes a text. */
const PLAIN_TAGS = new Set(
  ['str', 'int', 'float', 'bool', 'null', 'map', 'seq'].map((name) => `tag:yaml.org,2002:${name}`),
);

function refuseTag(tag: string | undefined, offset: number): void {
  if (tag === undefined || tag === '!' || PLAIN_TAGS.has(tag)) return;
  refuse(offset, `the tag ${tag.replace('tag:yaml.org,2002:', '!!').slice(0, 64)} has no meaning here`, 'remove it');
}

function refuse(offset: number, message: string, hint?: string): never {
  throw new Refused({ offset, message, ...(hint === undefined ? {} : { hint }) });
}
