import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseFile } from '../crds/parse.ts';
import { allConnectors } from '../runner/connectors/index.ts';
import { allGeneratedFiles, staleFiles } from './gen.ts';

describe('npm run gen', () => {
  it('has been run: every generated file is up to date', async () => {
    expect(await staleFiles()).toEqual([]);
    const { stdout } = await promisify(execFile)(process.execPath, [join(import.meta.dirname, 'gen.ts'), '--check']);
    expect(stdout).toBe('');
  });

  it('makes the same files each time', () => {
    expect([...allGeneratedFiles()]).toEqual([...allGeneratedFiles()]);
  });
});

describe('docs/reference/connectors.md', () => {
  const connectors = allConnectors();
  const page = allGeneratedFiles().get('docs/reference/connectors.md')!;
  const schema = JSON.parse(allGeneratedFiles().get('crds/schemas/headgate.schema.json')!) as object;
  const examples = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1]!);

  it('has a section for each connector, and every example', () => {
    for (const connector of connectors) expect(page).toContain(`\n## ${connector.name}\n`);
    expect(examples).toHaveLength(connectors.flatMap((connector) => connector.examples).length);
  });

  it('shows examples that are valid resources, for the parser and for editors', () => {
    const validate = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(schema);
    for (const example of examples) {
      expect(parseFile(Buffer.from(example), 'example.yaml').errors).toEqual([]);
      validate(parse(example));
      expect(validate.errors, example).toBeNull();
    }
  });
});
