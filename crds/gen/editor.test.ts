import { Ajv, type ValidateFunction } from 'ajv';
import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Kind } from '../../foundation/ids.ts';
import { Strict } from '../common.ts';
import { KINDS } from '../index.ts';
import { ENVELOPE } from '../malformed/envelope.ts';
import { OTHERS } from '../malformed/others.ts';
import { PIPELINES } from '../malformed/pipelines.ts';
import { editorSchemas } from './editor.ts';

const connectors = [
  {
    name: 'postgres',
    summary: 'A database.',
    isSource: true,
    isDestination: true,
    settings: Strict({
      url: Type.String({ description: 'Where.', secret: true }),
      port: Type.Optional(Type.Integer({ description: 'Port.', default: 5432, minimum: 1 })),
    }),
  },
  { name: 'file', summary: 'Files.', isSource: true, isDestination: false, settings: Strict({ path: Type.String() }) },
];
const schemas = editorSchemas(connectors);

function validatorFor(file: string): ValidateFunction {
  return new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(schemas[file]!);
}

const any = validatorFor('headgate.schema.json');

describe('the schemas for editors', () => {
  it('are draft 7, and there is one for each kind', () => {
    const kinds = Object.keys(KINDS).map((kind) => `${kind.toLowerCase()}.schema.json`);
    expect(Object.keys(schemas)).toEqual([...kinds, 'headgate.schema.json']);
    const meta = new Ajv({ strict: false });
    for (const schema of Object.values(schemas)) {
      expect(schema['$schema']).toBe('http://json-schema.org/draft-07/schema#');
      expect(meta.validateSchema(schema), JSON.stringify(meta.errors)).toBe(true);
      expect(JSON.stringify(schema)).not.toContain('x-kubernetes');
    }
  });

  it.each(Object.keys(KINDS) as Kind[])('accept the example of %s, each by its own and by the common one', (kind) => {
    const example = parse(KINDS[kind].example) as Record<string, unknown>;
    for (const validate of [any, validatorFor(`${kind.toLowerCase()}.schema.json`)]) {
      validate(example);
      expect(validate.errors).toBeNull();
      expect(validate({ ...example, status: { phase: 'active' } })).toBe(true);
      expect(validate({ ...example, kind: 'Pipe' })).toBe(false);
    }
  });

  // What only a program can know: whether a cron expression, a duration, a quantity or two fields together make sense.
  const BEYOND =
    /cron with|cron on|bad cron|time zone|twice|of one name|called input|unnamed|first wait|memory|timeout of|window that is too long|settings beside a|a key without|upsert without|leaves the|plain text|batches side by side|log of events|kept for too long|never waits/;

  it.each([...ENVELOPE, ...PIPELINES, ...OTHERS].filter(({ name }) => !BEYOND.test(name) && !name.includes('List')))(
    'refuse $name',
    ({ file }) => {
      expect(any(parse(file as string, { merge: true }))).toBe(false);
    },
  );
});

describe('the settings of connectors', () => {
  const connection = (connector: string, settings: unknown): unknown => ({
    apiVersion: 'headgate.dev/v1alpha1',
    kind: 'Connection',
    metadata: { name: 'x' },
    spec: { connector, settings },
  });
  const pipeline = (connector: string, settings: unknown): unknown => ({
    apiVersion: 'headgate.dev/v1alpha1',
    kind: 'Pipeline',
    metadata: { name: 'x' },
    spec: { sources: [{ connector, settings }], destination: { connection: 'b' } },
  });

  it.each([
    ['postgres', { url: '${env:URL}' }, true],
    ['postgres', { url: '${secret:db/url}', port: 5433 }, true],
    ['postgres', { url: '${env:URL}', port: '${var:PORT}' }, true],
    ['postgres', { url: 'postgres://u:p@h/d' }, false],
    ['postgres', { url: '${var:URL}' }, false],
    ['postgres', { url: '${env:URL}', port: '5433' }, false],
    ['postgres', { url: '${env:URL}', prot: 1 }, false],
    ['postgres', {}, false],
    ['file', { path: 'a.csv' }, true],
    // It may be one that the workspace declares.
    ['files', { path: 'a.csv' }, true],
  ])('of %s: %j is valid: %s', (connector, settings, valid) => {
    expect(any(connection(connector, settings))).toBe(valid);
    expect(any(pipeline(connector, settings))).toBe(valid);
  });

  it('offers a destination only the connectors that can write', () => {
    const spec = { source: { connection: 'a' }, destination: { connector: 'file', settings: { path: 'a' } } };
    expect(any({ ...(pipeline('file', {}) as object), spec })).toBe(false);
  });
});
