import type { Resource } from '../../../crds/index.ts';
import { USUAL_LAYOUT } from './page.ts';
import { blockLines } from './render.ts';

/**
 * The text of a file that declares a resource. `namespace`: the workspace of files that name none (`default` when left
 * out), which is not written.
 */
export function newFile(resource: Resource, options: { readonly namespace?: string } = {}): string {
  const { apiVersion, kind, metadata, spec } = JSON.parse(JSON.stringify(resource)) as Resource;
  const { name, namespace, ...rest } = metadata;
  const isDefault = namespace === (options.namespace ?? 'default');
  const document = { apiVersion, kind, metadata: { name, ...(isDefault ? {} : { namespace }), ...rest }, spec };
  return `${blockLines(document, 0, USUAL_LAYOUT).join('\n')}\n`;
}
