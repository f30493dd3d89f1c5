/**
 * `charts/kustomize/base`, rendered from the chart: `node test/charts/kustomize-base.ts` writes it. Needs helm, and so is no part of
 * `npm run gen`.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { CHART, helmProgram, objectsOf, ROOT, type Rendered } from './render.ts';

const KUSTOMIZE = join(ROOT, 'charts', 'kustomize');
const HEADER = '# Rendered from charts/headgate by test/charts/kustomize-base.ts; do not edit.\n';

/** The rendered files of the base: path from the root of the project to content. */
export function kustomizeBase(): ReadonlyMap<string, string> {
  const args = ['template', 'headgate', CHART, '-n', 'headgate', '-f', join(KUSTOMIZE, 'values.yaml')];
  const text = execFileSync(helmProgram()!, [...args, '--kube-version', '1.33.0', '--no-hooks'], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  const objects = objectsOf(text).map(withoutHelm);
  const isDefinition = ({ kind }: Rendered): boolean => kind === 'CustomResourceDefinition';
  return new Map([
    ['charts/kustomize/base/definitions.yaml', file(objects.filter(isDefinition))],
    ['charts/kustomize/base/headgate.yaml', file(objects.filter((object) => !isDefinition(object)))],
  ]);
}

const file = (objects: readonly Rendered[]): string =>
  HEADER + objects.map((object) => stringify(object, { lineWidth: 0 })).join('---\n');

/** Nothing of it is managed by Helm. */
function withoutHelm(object: Rendered): Rendered {
  const { annotations = {}, labels = {}, ...metadata } = object.metadata;
  const kept = (of: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.entries(of).filter(([key]) => !/^helm\.sh\/|\/managed-by$/.test(key)));
  const notes = kept(annotations);
  return {
    ...object,
    metadata: { ...metadata, labels: kept(labels), ...(Object.keys(notes).length === 0 ? {} : { annotations: notes }) },
  };
}

if (import.meta.main) {
  for (const [path, content] of kustomizeBase()) writeFileSync(join(ROOT, path), content);
}
