/** Checks declarations on disk just as a sync would check them in a commit. */
import type { ErrorRecord } from '../foundation/errors.ts';
import { checkTogether } from '../controller/sync/check.ts';
import { inspectFile, type DeclaredEntry } from '../controller/sync/inspect.ts';
import type { CliContext } from './context.ts';
import { readDeclarations } from './declarations.ts';

export interface Validation {
  readonly files: number;
  /** Keys of all resources that are valid by themselves. */
  readonly resources: readonly string[];
  readonly errors: readonly ErrorRecord[];
}

/** Checks each file, and what the files say of each other. Throws `not_found` for a path that is not there. */
export async function validateFiles(paths: readonly string[], context: CliContext): Promise<Validation> {
  const entries: DeclaredEntry[] = [];
  const errors: ErrorRecord[] = [];
  let files = 0;
  for await (const { name, bytes } of readDeclarations(paths, context)) {
    const { findings } = inspectFile(bytes, name);
    entries.push(...findings.entries);
    errors.push(...findings.errors);
    files += 1;
  }
  errors.push(...checkTogether(entries, { ownerOf: () => null, connectorOf: () => null }).errors);
  return { files, resources: entries.map(({ key }) => key), errors: errors.sort(byPlace) };
}

/** By file, then by line. */
function byPlace(a: ErrorRecord, b: ErrorRecord): number {
  const [fileA, lineA] = place(a);
  const [fileB, lineB] = place(b);
  return fileA === fileB ? lineA - lineB : fileA < fileB ? -1 : 1;
}

function place({ at = '' }: ErrorRecord): readonly [file: string, line: number] {
  const [, file = at, line = '0'] = /^(.*?):(\d+)(?::\d+)?$/.exec(at) ?? [];
  return [file, Number(line)];
}
