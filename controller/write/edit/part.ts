/** The part of a file that an edit has to look at: of many documents the one, with what stands around it as text. */
import type { Document } from 'yaml';
import type { ResourceRef } from '../../../foundation/ids.ts';
import { compose, locate, type EditOptions, type Place } from './documents.ts';
import type { Sample } from './page.ts';
import { mayName, piecesOf } from './pieces.ts';

export interface Part {
  readonly before: string;
  readonly own: string;
  readonly after: string;
  /** Of `own`. */
  readonly documents: readonly Document.Parsed[];
  /** Among the documents of `own`. */
  readonly place: Place;
  /** The texts of all documents of the file; the whole text where it cannot be taken apart. */
  readonly pieces: readonly string[];
}

/** Where a file declares `ref`. Throws `not_found`, or `duplicate_resource` when it does so twice. */
export function findPart(body: string, ref: ResourceRef, options: EditOptions): Part {
  const pieces = piecesOf(body) ?? [body];
  const candidates = pieces.flatMap((text, index) =>
    mayName(text, ref.name) ? [{ index, documents: compose(text) }] : [],
  );
  const { from, place } = locate(
    candidates.map(({ documents }) => documents),
    ref,
    options,
  );
  const { index, documents } = candidates[from]!;
  const join = (some: readonly string[]): string => some.join('');
  return {
    before: join(pieces.slice(0, index)),
    own: pieces[index]!,
    after: join(pieces.slice(index + 1)),
    documents,
    place,
    pieces,
  };
}

/** Pieces that are looked at for the layout of a file. */
const MOST = 20;

/** Documents that show how a file is laid out, from its beginning, and the one that is edited. */
export function* samples({ own, documents, pieces }: Part): Generator<Sample> {
  for (const text of pieces.slice(0, MOST)) {
    for (const document of text === own ? documents : compose(text)) yield { text, contents: document.contents };
  }
  for (const document of documents) yield { text: own, contents: document.contents };
}
