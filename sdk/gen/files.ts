import type { Emitter } from './emitter.ts';
import { python } from './python/index.ts';
import type { OpenApi } from './read/document.ts';
import { readOpenApi } from './read/read.ts';
import { typescript } from './typescript/index.ts';

/** A further language is added here. */
const EMITTERS: readonly Emitter[] = [typescript, python];

/** The generated files of all SDKs: path from the root of the project to content. */
export function sdkFiles(document: OpenApi): ReadonlyMap<string, string> {
  const sdk = readOpenApi(document);
  return new Map(EMITTERS.flatMap((emitter) => [...emitter.emit(sdk)]));
}
