import type { Kind } from '../../foundation/ids.ts';
import { KINDS } from '../index.ts';
import { crdFile, crdYaml } from './crd.ts';
import { editorSchemas } from './editor.ts';
import type { ConnectorSettings } from './editor-settings.ts';
import { errorsPage, resourcesPage } from './pages.ts';

/** What is generated from the resource schemas: path from the root of the project to content. */
export function generatedFiles(connectors: readonly ConnectorSettings[]): ReadonlyMap<string, string> {
  const crds = (Object.keys(KINDS) as Kind[]).map((kind) => [crdFile(KINDS[kind]), crdYaml(KINDS[kind])] as const);
  const schemas = Object.entries(editorSchemas(connectors)).map(
    ([name, schema]) => [`crds/schemas/${name}`, `${JSON.stringify(schema, null, 2)}\n`] as const,
  );
  return new Map([
    ...crds,
    ...schemas,
    ['docs/reference/resources.md', resourcesPage()],
    ['docs/reference/errors.md', errorsPage()],
  ]);
}
