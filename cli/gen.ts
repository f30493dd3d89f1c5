/**
 * `npm run gen`: writes what is generated from the schemas (CRDs, editor schemas, reference pages). With `--check` it
 * writes nothing, and ends with 1 and the names of the files that would change.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { allConnectors } from '../runner/connectors/index.ts';
import { generatedFiles } from '../crds/gen/files.ts';
import { v1 } from '../api/presenters/v1.ts';
import { openApiDocument } from '../api/openapi/document.ts';
import { createRoutes } from '../api/routes/index.ts';
import { sdkFiles } from '../sdk/gen/files.ts';
import type { OpenApi } from '../sdk/gen/read/document.ts';
import manifest from '../package.json' with { type: 'json' };
import { argocdFiles } from './gen/argocd/files.ts';
import { chartFiles } from './gen/chart/files.ts';
import { cliPage } from './gen/cli-page.ts';
import { connectorsPage } from './gen/connectors-page.ts';

const root = join(import.meta.dirname, '..');
const { version: VERSION } = manifest;

/** Every generated file of the project: path from its root to content. */
export function allGeneratedFiles(): ReadonlyMap<string, string> {
  const connectors = allConnectors();
  const settings = connectors.map(({ name, summary, settings, source, streaming, destination }) => ({
    name,
    summary,
    settings,
    isSource: source !== undefined || streaming === true,
    isDestination: destination !== undefined,
  }));
  const resources = generatedFiles(settings);
  return new Map([
    ...resources,
    ...chartFiles(resources),
    ['docs/reference/connectors.md', connectorsPage(connectors)],
    ['docs/reference/cli.md', cliPage()],
    ...argocdFiles(),
    ...sdkFiles(openApiDocument(createRoutes([v1], VERSION), [v1], VERSION) as unknown as OpenApi),
  ]);
}

/** The files whose content on disk is not what would be generated. */
export async function staleFiles(): Promise<string[]> {
  const stale: string[] = [];
  for (const [path, content] of allGeneratedFiles()) {
    const onDisk = await readFile(join(root, path), 'utf8').catch(() => null);
    if (onDisk !== content) stale.push(path);
  }
  return stale;
}

async function main(): Promise<number> {
  const stale = await staleFiles();
  if (process.argv.includes('--check')) {
    for (const path of stale) process.stderr.write(`${path} is not up to date: npm run gen\n`);
    return stale.length === 0 ? 0 : 1;
  }
  const files = allGeneratedFiles();
  for (const path of stale) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), files.get(path)!);
    process.stdout.write(`${path}\n`);
  }
  return 0;
}

if (import.meta.main) process.exitCode = await main();
