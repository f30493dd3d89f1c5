/** For tests: what kustomize makes of `charts/kustomize`. */
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './render.ts';

/** `KUSTOMIZE`, or kustomize in the PATH. */
const program = (): string => process.env['KUSTOMIZE'] ?? 'kustomize';

/** Why tests with kustomize are skipped, or false. */
export function withoutKustomize(): boolean {
  if (spawnSync(program(), ['version'], { stdio: 'ignore' }).status === 0) return false;
  process.stderr.write('skipped: no kustomize; KUSTOMIZE=$(test/cluster/kustomize.sh) builds one\n');
  return true;
}

/** The documents of a folder of `charts/kustomize`. */
export function build(folder: string): string {
  const path = join(ROOT, 'charts', 'kustomize', folder);
  return execFileSync(program(), ['build', path], { encoding: 'utf8', maxBuffer: 2 ** 26 });
}
