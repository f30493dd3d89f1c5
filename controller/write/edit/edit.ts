/** Edits a YAML or JSON file in place: what does not change keeps its bytes, comments and format. */
import { isDeepStrictEqual } from 'node:util';
import type { Document } from 'yaml';
import { HeadgateError } from '../../../foundation/errors.ts';
import { refKey, type ResourceRef } from '../../../foundation/ids.ts';
import { refOf, type Resource } from '../../../crds/index.ts';
import { parseFile, type ParsedFile } from '../../../crds/parse.ts';
import { rootsOf } from '../../../crds/yaml-documents.ts';
import { toValue } from '../../../crds/yaml-value.ts';
import { writeAnew } from './anew.ts';
import { compose, locate, type EditOptions, type Place } from './documents.ts';
import { layoutOf, Page } from './page.ts';
import { Walk } from './walk.ts';
import { documentWish } from './wish.ts';

/**
 * The text of a file with the document that declares `ref` declaring `resource`, or without that document when `resource`
 * is null; null when no document is left then. Lines that do not change stay as they are. What comes out is read again and
 * compared with what is wished. Throws `not_found` when the file does not declare `ref`, `duplicate_resource` when it does
 * so twice, and `conflict` when the file is written in a way that cannot be edited.
 */
export function editFile(
  text: string,
  ref: ResourceRef,
  resource: Resource | null,
  options: EditOptions,
): string | null {
  const mark = text.startsWith('\uFEFF') ? '\uFEFF' : '';
  const body = text.slice(mark.length);
  const documents = compose(body);
  const place = locate(documents, ref, options);
  const wish = resource === null ? withoutItem(place) : withItem(place, resource);
  const edited = wish === undefined ? removeDocument(body, documents, place) : rewrite(body, documents, place, wish);
  if (edited === null) return null;
  prove(body, edited, ref, resource, options);
  return mark + edited;
}

function withItem(place: Place, resource: Resource): unknown {
  // As JSON: what is undefined is not there.
  const wished = JSON.parse(JSON.stringify(resource)) as unknown;
  const wish = documentWish(place.declared, place.seen, wished);
  if (place.item === null) return wish;
  const list = place.value as { readonly items: readonly unknown[] };
  return { ...list, items: list.items.with(place.item, wish) };
}

/** The list without the item; undefined when nothing is left of the document. */
function withoutItem(place: Place): unknown {
  if (place.item === null) return undefined;
  const list = place.value as { readonly items: readonly unknown[] };
  return list.items.length === 1 ? undefined : { ...list, items: list.items.toSpliced(place.item, 1) };
}

/** The text with one document changed: piece by piece or, where that does not come out right, written anew. */
function rewrite(body: string, documents: readonly Document.Parsed[], place: Place, wish: unknown): string {
  const layout = layoutOf(body, documents);
  const isEnded = body.endsWith('\n');
  const page = new Page(isEnded ? body : body + layout.eol, layout);
  new Walk(page).edit(place.contents, place.value, wish);
  const finish = (text: string): string => (isEnded ? text : text.replace(/\r?\n$/, ''));
  const pieces = page.result();
  if (pieces !== null && says(finish(pieces), documents.length, place.index, wish)) return finish(pieces);
  return finish(writeAnew(page, place.contents, wish));
}

/** Whether a text has as many documents as before, and one of them has this value. */
function says(text: string, count: number, index: number, wish: unknown): boolean {
  const documents = compose(text);
  const document = documents[index];
  if (documents.length !== count || document?.contents == null || document.errors.length > 0) return false;
  const read = toValue(document.contents, new Map(), { aliases: 0, expandedValues: 0 });
  return 'value' in read && isDeepStrictEqual(read.value, wish);
}

function removeDocument(body: string, documents: readonly Document.Parsed[], place: Place): string | null {
  const isLeft = documents.some((document, index) => {
    return index !== place.index && (document.errors.length > 0 || rootsOf(document).some((root) => root !== null));
  });
  if (!isLeft) return null;
  const { range } = documents[place.index]!;
  return body.slice(0, startOf(body, range[0])) + body.slice(range[2]);
}

/** A document begins with its directives or, where no `---` is before it, with the comments right above. */
function startOf(body: string, offset: number): number {
  const isMarked = body.startsWith('---', offset);
  let start = offset;
  while (start > 0) {
    const above = body.lastIndexOf('\n', start - 2) + 1;
    const line = body.slice(above, start);
    const isOwn = isMarked ? line.startsWith('%') : line.startsWith('#') && !line.includes('yaml-language-server');
    if (!isOwn) break;
    start = above;
  }
  return start;
}

/** Reads the file as a sync would, before and after: only `ref` may differ, and it must be as wished. */
function prove(before: string, after: string, ref: ResourceRef, resource: Resource | null, options: EditOptions): void {
  const read = (text: string): ParsedFile => parseFile(Buffer.from(text), options.file, options);
  const old = read(before);
  const edited = read(after);
  const others = (file: ParsedFile, own: ResourceRef | null): unknown[] => {
    const resources = file.documents.map((document) => document.resource);
    return own === null ? resources : resources.filter((other) => refKey(refOf(other)) !== refKey(own));
  };
  const key = resource === null ? null : refOf(resource);
  const wished = JSON.parse(JSON.stringify(resource)) as Resource | null;
  const found = edited.documents.filter((document) => key !== null && refKey(refOf(document.resource)) === refKey(key));
  const isRight =
    isDeepStrictEqual(others(old, ref), others(edited, key)) &&
    old.skipped === edited.skipped &&
    edited.errors.length <= old.errors.length &&
    (wished === null ? found.length === 0 : found.length === 1 && isDeepStrictEqual(found[0]!.resource, wished));
  if (isRight) return;
  const [error] = edited.errors.filter(({ message }) => !old.errors.some((other) => other.message === message));
  if (error !== undefined) throw new HeadgateError(error.code, error.message, error);
  throw new HeadgateError('conflict', `the file ${options.file} cannot be edited without changing something else`, {
    hint: 'change it in Git by hand',
  });
}
