import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Kind } from '../../foundation/ids.ts';
import { KINDS } from '../index.ts';
import { crdFile, crdYaml } from './crd.ts';
import type { JsonSchema } from './json-schema.ts';
import { toStructural } from './structural.ts';

// What the API server knows of a schema (JSONSchemaProps of apiextensions.k8s.io/v1, as of Kubernetes 1.20, and the rules of
// later ones), without what it refuses: $ref, additionalItems, definitions, dependencies, id, patternProperties.
const KNOWN = new Set([
  'additionalProperties',
  'allOf',
  'anyOf',
  'default',
  'description',
  'enum',
  'example',
  'exclusiveMaximum',
  'exclusiveMinimum',
  'externalDocs',
  'format',
  'items',
  'maxItems',
  'maxLength',
  'maxProperties',
  'maximum',
  'minItems',
  'minLength',
  'minProperties',
  'minimum',
  'multipleOf',
  'not',
  'nullable',
  'oneOf',
  'pattern',
  'properties',
  'required',
  'title',
  'type',
  'x-kubernetes-embedded-resource',
  'x-kubernetes-int-or-string',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-list-type',
  'x-kubernetes-map-type',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-validations',
]);
const JUNCTORS = ['allOf', 'anyOf', 'oneOf', 'not'];

/**
 * Why the API server would refuse a schema: the rules of structural schemas, and of `openAPIV3Schema` beside them
 * (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/). Stricter in one
 * thing: nothing of ours needs junctors, so none may appear.
 */
function refusals(schema: JsonSchema, at = '', level: 'root' | 'field' | 'item' = 'root'): string[] {
  const say = (text: string): string => `${at || 'root'}: ${text}`;
  const found: string[] = [];
  for (const keyword of Object.keys(schema)) {
    if (!KNOWN.has(keyword)) found.push(say(`unknown keyword ${keyword}`));
    if (JUNCTORS.includes(keyword)) found.push(say(`junctor ${keyword}`));
  }
  const isOpen =
    schema['x-kubernetes-preserve-unknown-fields'] === true || schema['x-kubernetes-int-or-string'] === true;
  if (schema.type === undefined && !isOpen) found.push(say('no type'));
  if (!['object', 'array', 'string', 'integer', 'number', 'boolean', undefined].includes(schema.type)) {
    found.push(say(`type ${schema.type}`));
  }
  if (level === 'root' && schema.type !== 'object') found.push(say('the root is no object'));
  if (level === 'root' && schema.additionalProperties !== undefined)
    found.push(say('additionalProperties at the root'));
  if (schema.type === 'array' && schema.items === undefined) found.push(say('array without items'));
  if (Array.isArray(schema.items)) found.push(say('items is a list'));
  if (schema['uniqueItems'] === true) found.push(say('uniqueItems'));
  if (schema['x-kubernetes-preserve-unknown-fields'] === false) found.push(say('preserve-unknown-fields is false'));
  if (schema.properties !== undefined && schema.additionalProperties !== undefined) {
    found.push(say('properties and additionalProperties'));
  }
  if (typeof schema.additionalProperties === 'boolean') found.push(say('additionalProperties is a boolean'));
  if (typeof schema['pattern'] === 'string') {
    // RE2 has neither look-around nor references back.
    if (/\(\?[=!<]|\\[1-9]/.test(schema['pattern'])) found.push(say('pattern is no RE2'));
  }
  for (const name of schema.required ?? []) {
    if (schema.properties?.[name] === undefined) found.push(say(`requires ${name}, which it does not have`));
  }
  for (const key of (schema['x-kubernetes-list-map-keys'] as string[] | undefined) ?? []) {
    if (schema.items?.required?.includes(key) !== true) found.push(say(`the list key ${key} is not required`));
  }
  if (schema.default !== undefined) {
    // Defaults are written into the stored object: they stand in fields, and are valid.
    if (level !== 'field') found.push(say('a default outside of a field'));
    const { description: _, ...shape } = schema;
    if (!new Ajv({ strict: false, validateFormats: false }).validate(asJsonSchema(shape), schema.default)) {
      found.push(say('a default that is not valid'));
    }
  }
  for (const rule of (schema['x-kubernetes-validations'] as { rule: string; message: string }[] | undefined) ?? []) {
    if (rule.rule === '' || rule.message === '' || rule.message.length > 2048 || rule.message.includes('\n')) {
      found.push(say('a rule that says nothing'));
    }
  }
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    found.push(...refusals(member, `${at}.${name}`, 'field'));
  }
  if (typeof schema.additionalProperties === 'object') {
    found.push(...refusals(schema.additionalProperties, `${at}.*`, 'field'));
  }
  if (schema.items !== undefined) found.push(...refusals(schema.items, `${at}[]`, 'item'));
  return found;
}

/** `exclusiveMinimum` is a mark there, and a number in JSON Schema. */
function asJsonSchema(schema: JsonSchema): JsonSchema {
  const text = JSON.stringify(schema).replaceAll('"exclusiveMinimum":true', '"title":""');
  return JSON.parse(text) as JsonSchema;
}

interface Crd {
  metadata: { name: string };
  spec: {
    group: string;
    scope: string;
    names: Record<string, unknown> & { plural: string; shortNames: string[] };
    versions: {
      name: string;
      subresources: unknown;
      additionalPrinterColumns: { name: string; type: string; jsonPath: string }[];
      schema: { openAPIV3Schema: JsonSchema };
    }[];
  };
}

/** kubectl shows the age of a date, so that it must not lie ahead. */
const PAST = ['.metadata.creationTimestamp', '.status.lastRun.startedAt', '.status.startedAt', '.status.lastSyncAt'];

const kinds = Object.keys(KINDS) as Kind[];
const crds = new Map(kinds.map((kind) => [kind, parse(crdYaml(KINDS[kind])) as Crd]));
const schemaOf = (kind: Kind): JsonSchema => crds.get(kind)!.spec.versions[0]!.schema.openAPIV3Schema;

describe.each(kinds)('the definition of %s', (kind) => {
  const crd = crds.get(kind)!;

  it('is a structural schema', () => {
    expect(refusals(schemaOf(kind))).toEqual([]);
  });

  it('says nothing of metadata but its type, and lets status through', () => {
    expect(schemaOf(kind).properties!['metadata']).toEqual({ type: 'object' });
    expect(schemaOf(kind).properties!['status']!.properties).toHaveProperty('conditions');
    const { scale } = KINDS[kind];
    expect(crd.spec.versions[0]!.subresources).toEqual({ status: {}, ...(scale === undefined ? {} : { scale }) });
  });

  it('has the names that Kubernetes asks for', () => {
    expect(crd.metadata.name).toBe(`${crd.spec.names.plural}.${crd.spec.group}`);
    expect(crd.spec.names).toMatchObject({ kind, listKind: `${kind}List`, categories: ['headgate'] });
    for (const name of [crd.spec.names.plural, ...crd.spec.names.shortNames]) expect(name).toMatch(/^[a-z][a-z0-9]*$/);
    expect(crdFile(KINDS[kind])).toBe(`crds/headgate.dev_${crd.spec.names.plural}.yaml`);
  });

  it('shows columns that exist, and no date that lies ahead', () => {
    for (const column of crd.spec.versions[0]!.additionalPrinterColumns) {
      const path = column.jsonPath
        .replace(/\[.*?\]/, '[]')
        .split('.')
        .slice(1);
      let schema: JsonSchema | undefined = schemaOf(kind);
      for (const part of path) {
        if (path[0] === 'metadata') break;
        const member: JsonSchema | undefined = schema?.properties?.[part.replace('[]', '')];
        schema = part.endsWith('[]') ? member?.items : member;
      }
      expect(schema, column.jsonPath).toBeDefined();
      if (column.type === 'date') expect(PAST).toContain(column.jsonPath);
    }
  });

  it('takes the example of the kind, and describes every field of it', () => {
    const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
    const validate = ajv.compile(asJsonSchema(schemaOf(kind)));
    validate(parse(KINDS[kind].example));
    expect(validate.errors).toBeNull();
    expect(validate({ spec: 5 })).toBe(false);
    expect(undescribed(schemaOf(kind).properties!['spec']!, 'spec')).toEqual([]);
    expect(undescribed(schemaOf(kind).properties!['status']!, 'status')).toEqual([]);
  });
});

function undescribed(schema: JsonSchema, at: string): string[] {
  return Object.entries(schema.properties ?? schema.items?.properties ?? {}).flatMap(([name, member]) => [
    ...(member.description === undefined ? [`${at}.${name}`] : []),
    ...undescribed(member, `${at}.${name}`),
  ]);
}

describe('short names', () => {
  it('are not given twice', () => {
    const names = [...crds.values()].flatMap((crd) => [crd.spec.names.plural, ...crd.spec.names.shortNames]);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('toStructural', () => {
  it.each<[string, JsonSchema, JsonSchema]>([
    [
      'a closed object',
      { type: 'object', properties: { a: { type: 'string' } }, additionalProperties: false, required: ['a'] },
      { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
    ],
    [
      'a map',
      { type: 'object', patternProperties: { '^': { type: 'string' } }, propertyNames: { pattern: 'x' } },
      { type: 'object', additionalProperties: { type: 'string' } },
    ],
    [
      'a free map',
      { type: 'object', patternProperties: { '^': {} }, 'x-kubernetes-preserve-unknown-fields': true },
      { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    ],
    [
      'a union',
      { description: 'd', anyOf: [{ type: 'string' }, { type: 'object' }], examples: [1] },
      { description: 'd', 'x-kubernetes-preserve-unknown-fields': true },
    ],
    [
      'a default of a field that may be left out',
      {
        type: 'object',
        properties: { a: { type: 'integer', description: 'd', default: 5 }, b: { type: 'string', default: 'x' } },
        required: ['b'],
      },
      {
        type: 'object',
        properties: {
          a: { type: 'integer', description: 'd Default: 5.', default: 5 },
          b: { type: 'string', description: 'Default: "x".' },
        },
        required: ['b'],
      },
    ],
    [
      'a bound that excludes itself',
      { type: 'number', exclusiveMinimum: 0, maximum: 9 },
      { type: 'number', minimum: 0, exclusiveMinimum: true, maximum: 9 },
    ],
    ['a constant', { const: 'x' }, { type: 'string', enum: ['x'] }],
  ])('%s', (_, schema, structural) => {
    expect(toStructural(schema)).toEqual(structural);
  });
});

describe('the rules of this test', () => {
  it.each<[string, JsonSchema]>([
    ['unknown keyword examples', { type: 'string', examples: ['a'] }],
    ['unknown keyword patternProperties', { type: 'object', patternProperties: {} }],
    ['unknown keyword propertyNames', { type: 'object', propertyNames: {} }],
    ['unknown keyword $ref', { $ref: '#/x', type: 'object' }],
    ['junctor anyOf', { type: 'object', anyOf: [] }],
    ['no type', { description: 'd' }],
    ['array without items', { type: 'array' }],
    ['properties and additionalProperties', { type: 'object', properties: {}, additionalProperties: {} }],
    ['additionalProperties is a boolean', { type: 'object', additionalProperties: false }],
    ['pattern is no RE2', { type: 'string', pattern: '^(?!a)' }],
    ['requires a, which it does not have', { type: 'object', required: ['a'] }],
    ['a default that is not valid', { type: 'integer', default: 'five' }],
  ])('find: %s', (refusal, member) => {
    expect(refusals({ type: 'object', properties: { x: member } })).toContain(`.x: ${refusal}`);
  });
});

describe('the scale subresource', () => {
  it('is that of pipelines, whose field always has a number, and of no other kind', () => {
    expect(kinds.filter((kind) => KINDS[kind].scale !== undefined)).toEqual(['Pipeline']);
    const spec = schemaOf('Pipeline').properties!['spec']!;
    const runner = spec.properties!['runner']!;
    // Without it an autoscaler would read 0, and leave the pipeline alone.
    expect(runner.default).toEqual({});
    expect(runner.properties!['replicas']!.default).toBe(1);
    const status = schemaOf('Pipeline').properties!['status']!.properties!;
    expect(status['replicas']!.type).toBe('integer');
    expect(status['selector']!.type).toBe('string');
  });
});
