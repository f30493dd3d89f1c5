import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import { manifestOf, manifestsOf } from './catalogue.ts';
import { allConnectors } from './index.ts';

const connectors = allConnectors();

test('manifests are sorted, unique, and JSON through and through', () => {
  const manifests = manifestsOf(connectors);
  const names = manifests.map(({ name }) => name);
  expect(names).toEqual([...new Set(connectors.map(({ name }) => name))].sort());
  expect(JSON.parse(JSON.stringify(manifests))).toEqual(manifests);
  expect(names).toEqual(expect.arrayContaining(['generator', 'http']));
});

describe.each(connectors.map((connector) => [connector.name, connector] as const))('%s', (_name, connector) => {
  const manifest = manifestOf(connector);

  test('has a face, and modes exactly if it writes', () => {
    expect(manifest.reads || manifest.writes).toBe(true);
    expect(manifest.modes.length > 0).toBe(manifest.writes);
  });

  test('its schema, sent as JSON, still takes its examples and nothing unknown', () => {
    const ajv = new Ajv({ strict: false, useDefaults: true });
    addFormats.default(ajv);
    const validate = ajv.compile(JSON.parse(JSON.stringify(manifest.settings)) as object);
    for (const { settings } of manifest.examples) {
      expect(validate(structuredClone(settings)), JSON.stringify(validate.errors)).toBe(true);
      expect(validate({ ...structuredClone(settings), no_such_field: 1 })).toBe(false);
    }
  });
});
