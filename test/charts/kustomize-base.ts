/**
 * The base for kustomize, rendered from the chart: `node test/charts/kustomize-base.ts` writes it. Needs helm, and so is no part of
 * `npm run gen`.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { CHART, helmProgram, objectsOf, ROOT, type Rendered } from './render.ts';

const KUSTOMIZE = join(ROOT, 'charts', 'kustomize');
const HEADER = '# Rendered from charts/headgate by test/charts/kustomize-base.ts; do not edit.\n';

export const RENDERED = 'charts/kustomize/base/headgate.yaml';

/** The content of the rendered file. */
export function kustomizeBase(): string {
  const args = ['template', 'headgate', CHART, '-n', 'headgate', '-f', join(KUSTOMIZE, 'values.yaml')];
  const text = execFileSync(helmProgram()!, [...args, '--kube-version', '1.33.0', '--no-hooks'], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  const objects = objectsOf(text).map(withoutHelm);
  return HEADER + objects.map((object) => stringify(object, { lineWidth: 0 })).join('---\n');
}

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

if (import.meta.main) writeFileSync(join(ROOT, RENDERED), kustomizeBase());
