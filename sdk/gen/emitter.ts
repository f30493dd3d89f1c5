import type { Sdk } from './model.ts';

/** A language: the files that it makes of an SDK, path from the root of the project to content. */
export interface Emitter {
  readonly language: string;
  emit(sdk: Sdk): ReadonlyMap<string, string>;
}
