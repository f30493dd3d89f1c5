import { KINDS, type Resource } from '../../crds/index.ts';

/** The workspace of resources that name none. */
export const DEFAULT_WORKSPACE = 'default';

/**
 * The file that a new resource goes to: `<folder>/pipelines/<name>.yaml`, and `<folder>/pipelines/<workspace>/<name>.yaml` for
 * any workspace but the default one. A folder that is itself called `pipelines` gets no second one of that name.
 */
export function pathOfNew(folder: string, { kind, metadata }: Pick<Resource, 'kind' | 'metadata'>): string {
  const plural = KINDS[kind].plural;
  const parts = folder === '' ? [] : folder.split('/');
  if (parts.at(-1) !== plural) parts.push(plural);
  if (metadata.namespace !== DEFAULT_WORKSPACE) parts.push(metadata.namespace);
  return [...parts, `${metadata.name}.yaml`].join('/');
}
