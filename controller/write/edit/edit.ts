/** Edits a YAML or JSON file in place: what does not change keeps its bytes, comments and format. */
import { isDeepStrictEqual } from 'node:util';
import type { Document } from 'yaml';
import { HeadgateError } from '../../../foundation/errors.ts';
import { refKey, type ResourceRef } from '../../../foundation/ids.ts';
import { refOf, type Resource } from '../../../crds/index.ts';
import { FILE_LIMITS } from '../../../crds/limits.ts';
import { parseFile, type ParsedFile } from '../../../crds/parse.ts';
import { validateDocument } from '../../../crds/validate.ts';
import { rootsOf } from '../../../crds/yaml-documents.ts';
import { toValue } from '../../../crds/yaml-value.ts';
import { writeAnew } from './anew.ts';
import { compose, type EditOptions, type Place } from './documents.ts';
import { layoutOf, Page } from './page.ts';
import { findPart, samples, type Part } from './part.ts';
import { isBlank, piecesOf } from './pieces.ts';
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
  const part = findPart(body, ref, options);
  const { place } = part;
  const wish = resource === null ? withoutItem(place) : withItem(place, resource);
  if (wish === undefined) {
    const left = removeDocument(body, part);
    if (left === null) return null;
    if (!left.isProved) prove(body, left.text, ref, null, options);
    return mark + left.text;
  }
  const { text: own, isProved } = rewrite(body, part, wish);
  const edited = part.before + own + part.after;
  const isWished = isProved && isIntact(part, own, edited) && declaresWished(wish, place, ref, resource, options);
  if (!isWished) prove(body, edited, ref, resource, options);
  return mark + edited;
}

/** The valid resource that a file declares. Throws `not_found` and `duplicate_resource`. */
export function declaredIn(text: string, ref: ResourceRef, options: EditOptions): Resource {
  return findPart(text.replace(/^\uFEFF/, ''), ref, options).place.seen as Resource;
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

interface Edited {
  readonly text: string;
  /** Whether it is known to be right; otherwise the whole file has to be read before and after. */
  readonly isProved: boolean;
}

/** The text of a part with its document changed: piece by piece or, where that does not come out right, written anew. */
function rewrite(body: string, part: Part, wish: unknown): Edited {
  const { own, place } = part;
  const layout = layoutOf(body, samples(part));
  const isEnded = own.endsWith('\n');
  const page = new Page(isEnded ? own : own + layout.eol, layout);
  new Walk(page).edit(place.contents, place.value, wish);
  const finish = (text: string): string => (isEnded ? text : text.replace(/\r?\n$/, ''));
  const pieces = page.result();
  if (pieces !== null && says(finish(pieces), part, wish)) return { text: finish(pieces), isProved: true };
  const anew = finish(writeAnew(page, place.contents, wish));
  return { text: anew, isProved: says(anew, part, wish) };
}

/** Whether a text has the documents of a part, letter by letter, but for the edited one, which has this value. */
function says(text: string, { own, documents: before, place }: Part, wish: unknown): boolean {
  const documents = compose(text);
  const document = documents[place.index];
  if (documents.length !== before.length || document?.contents == null || document.errors.length > 0) return false;
  const source = (whole: string, { range }: Document.Parsed): string => whole.slice(range[0], range[2]);
  const isRest = documents.every(
    (other, index) => index === place.index || source(text, other) === source(own, before[index]!),
  );
  const read = toValue(document.contents, new Map(), { aliases: 0, expandedValues: 0 });
  return isRest && 'value' in read && isDeepStrictEqual(read.value, wish);
}

/** Whether the documents around a part are still documents of their own, and the file is not too large. */
function isIntact({ before, after, pieces }: Part, own: string, edited: string): boolean {
  if (Buffer.byteLength(edited) > FILE_LIMITS.bytes) return false;
  if (before === '' && after === '') return true;
  const now = piecesOf(edited);
  return now !== null && now.length === pieces.length && now.includes(own);
}

/** Whether what the document shall say is read as the resource that is wished, and that has the name it had. */
function declaresWished(
  wish: unknown,
  { item }: Place,
  ref: ResourceRef,
  resource: Resource | null,
  options: EditOptions,
): boolean {
  if (resource === null) return true;
  if (refKey(refOf(resource)) !== refKey(ref)) return false;
  const declared = item === null ? wish : (wish as { readonly items: readonly unknown[] }).items[item];
  const read = validateDocument(declared, options);
  return read.ok && isDeepStrictEqual(read.resource, JSON.parse(JSON.stringify(resource)));
}

/** The text without a document; null when none is left that says anything. */
function removeDocument(body: string, { before, own, after, documents, place }: Part): Edited | null {
  const isLeft =
    !isBlank(before) ||
    !isBlank(after) ||
    documents.some((document, index) => {
      return index !== place.index && (document.errors.length > 0 || rootsOf(document).some((root) => root !== null));
    });
  if (!isLeft) return null;
  const { range } = documents[place.index]!;
  const start = before.length + startOf(own, range[0]);
  // Empty lines may be part of the text that the document before ends in.
  const behind = before === '' ? own.slice(range[2]) : own.slice(range[2]).replace(/^(?:[ \t]*\r?\n)+/, '');
  const text = body.slice(0, start) + behind + after;
  // Whole pieces are gone, and what stays of the first one are comments.
  const rest = own.slice(0, start - before.length) + behind;
  return { text, isProved: documents.length === 1 && (before === '' ? isBlank(rest) && after !== '' : rest === '') };
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
