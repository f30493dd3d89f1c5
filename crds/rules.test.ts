/**
 * The rules that API servers from 1.25 on hold resources to. Older ones know none, so each is tried here on what it takes and
 * refuses; and what it refuses, the validator that serves everywhere refuses too.
 */
import { Environment } from '@marcbachmann/cel-js';
import { describe, expect, it } from 'vitest';
import type { Kind } from '../foundation/ids.ts';
import { API_VERSION, type Rule } from './common.ts';
import { withDefaults } from './defaults.ts';
import { mapValues, type JsonSchema } from './gen/json-schema.ts';
import { KINDS, type SpecOf } from './index.ts';
import { RULE_CASES } from './testing/rule-cases.ts';
import { validateDocument } from './validate.ts';

const rulesOf = (schema: JsonSchema): readonly Rule[] =>
  (schema['x-kubernetes-validations'] as readonly Rule[] | undefined) ?? [];

/** Every schema within one, itself included. */
function* schemasIn(schema: JsonSchema): Generator<JsonSchema> {
  yield schema;
  for (const member of Object.values(schema.properties ?? {})) yield* schemasIn(member);
  if (schema.items !== undefined) yield* schemasIn(schema.items);
  const values = mapValues(schema);
  if (values !== undefined) yield* schemasIn(values);
}

/** Whole numbers are `int` in CEL, and JavaScript has one kind of number. */
function toCel(value: unknown): unknown {
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
  if (Array.isArray(value)) return value.map(toCel);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, toCel(member)]));
}

const environment = new Environment({ unlistedVariablesAreDyn: true });

function holds({ rule }: Rule, self: unknown, oldSelf?: unknown): boolean {
  const result: unknown = environment.evaluate(rule, { self: toCel(self), oldSelf: toCel(oldSelf) });
  if (typeof result !== 'boolean') throw new TypeError(`${rule} is no condition`);
  return result;
}

const isTransition = ({ rule }: Rule): boolean => rule.includes('oldSelf');

/** What the API server says of a spec, at any depth. */
function broken(schema: JsonSchema, value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => broken(schema.items ?? {}, item));
  if (typeof value !== 'object' || value === null) return [];
  const here = rulesOf(schema).filter((rule) => !isTransition(rule) && !holds(rule, value));
  const inside = Object.entries(value).flatMap(([name, member]) =>
    broken(schema.properties?.[name] ?? mapValues(schema) ?? {}, member),
  );
  return [...here.map(({ message }) => message), ...inside];
}

const isValid = (kind: Kind, spec: object): boolean =>
  validateDocument({ apiVersion: API_VERSION, kind, metadata: { name: 'x' }, spec }).ok;

describe.each(RULE_CASES)('%s: %s', (kind, begins, taken, refused) => {
  const messages = (spec: object): string[] =>
    broken(KINDS[kind].spec as JsonSchema, withDefaults(kind, spec as SpecOf<Kind>));

  it.each(taken.map((spec) => [JSON.stringify(spec), spec] as const))('takes %s, as the validator does', (_, spec) => {
    expect(messages(spec)).toEqual([]);
    expect(isValid(kind, spec)).toBe(true);
  });

  it.each(refused.map((spec) => [JSON.stringify(spec), spec] as const))(
    'refuses %s, as the validator does',
    (_, spec) => {
      expect(messages(spec).filter((message) => message.startsWith(begins))).not.toEqual([]);
      expect(isValid(kind, spec)).toBe(false);
    },
  );
});

describe('rules', () => {
  const all = (Object.keys(KINDS) as Kind[]).flatMap((kind) =>
    [...schemasIn(KINDS[kind].spec as JsonSchema)].flatMap(rulesOf).map((rule) => [kind, rule] as const),
  );

  it('are all tried here', () => {
    for (const [kind, rule] of all.filter(([, found]) => !isTransition(found))) {
      const tried = RULE_CASES.some(([of, begins]) => of === kind && rule.message.startsWith(begins));
      expect(tried, `${kind}: ${rule.message}`).toBe(true);
    }
  });

  it('let a Run stay as it is, and change in nothing', () => {
    const transitions = all.filter(([, rule]) => isTransition(rule));
    expect(transitions.map(([kind]) => kind)).toEqual(['Run']);
    const [, rule] = transitions[0]!;
    const spec = { pipeline: 'a', variables: { REGION: 'eu' }, fullRefresh: false };
    expect(holds(rule, { ...spec }, spec)).toBe(true);
    expect(holds(rule, { ...spec, pipeline: 'b' }, spec)).toBe(false);
    expect(holds(rule, { ...spec, variables: { REGION: 'us' } }, spec)).toBe(false);
    expect(holds(rule, { ...spec, ttl: '1h' }, spec)).toBe(false);
  });
});
