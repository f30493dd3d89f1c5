import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseFile } from '../../../crds/parse.ts';
import { checkSettings } from '../../settings.ts';
import { manifestIssues } from '../declared/manifest.ts';
import { findConnector } from '../index.ts';
import { SHIPPED } from './index.ts';

test('every file is in the list, and the other way round', async () => {
  const files = (await readdir(import.meta.dirname)).filter((file) => file.endsWith('.yaml'));
  expect(files.sort()).toEqual(SHIPPED.map((name) => `${name}.yaml`));
});

describe.each(SHIPPED)('%s', (name) => {
  test('is a valid Connector whose expressions compile', async () => {
    const { documents, errors } = parseFile(await readFile(join(import.meta.dirname, `${name}.yaml`)), `${name}.yaml`);
    expect(errors).toEqual([]);
    expect(documents.map(({ resource }) => resource.metadata.name)).toEqual([name]);
    const { manifest } = findConnector(name)!;
    expect(manifestIssues(manifest!)).toEqual([]);
  });

  test('its example fits its settings', () => {
    const connector = findConnector(name)!;
    for (const { settings } of connector.examples) {
      expect(checkSettings(connector, settings, { pointer: '' }).issues).toEqual([]);
      const role = connector.source === undefined ? 'destination' : 'source';
      expect(connector.validate!(settings, { role })).toEqual([]);
    }
  });
});
