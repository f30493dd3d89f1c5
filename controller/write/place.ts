import { KINDS, type Resource } from '../../crds/index.ts';

/**
 * The file that a new resource goes to: `<folder>/pipelines/<name>.yaml`, and `<folder>/pipelines/<workspace>/<name>.yaml` for
 * any workspace but `unnamed`, that of files that name none. A folder that is itself called `pipelines` gets no second one of that name.
 */
export function pathOfNew(
  folder: string,
  { kind, metadata }: Pick<Resource, 'kind' | 'metadata'>,
  unnamed: string,
): string {
  const plural = KINDS[kind].plural;
  const parts = folder === '' ? [] : folder.split('/');
  if (parts.at(-1) !== plural) parts.push(plural);
  if (metadata.namespace !== unnamed) parts.push(metadata.namespace);
  return [...parts, `${metadata.name}.yaml`].join('/');
}
