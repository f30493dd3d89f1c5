/** The documents of a file, and the one among them that declares a resource. */
import { Composer, isMap, isSeq, Parser, type Document, type Node } from 'yaml';
import { HeadgateError } from '../../../foundation/errors.ts';
import { refKey, type ResourceRef } from '../../../foundation/ids.ts';
import { classify } from '../../../crds/classify.ts';
import { validateDocument } from '../../../crds/validate.ts';
import { head, rootsOf } from '../../../crds/yaml-documents.ts';
import { keyText } from '../../../crds/yaml-nodes.ts';
import { toValue } from '../../../crds/yaml-value.ts';
import { isFields } from './render.ts';

export interface EditOptions {
  /** Path in the repository, for messages. */
  readonly file: string;
  /** The workspace of resources that name none. */
  readonly namespace: string;
}

export interface Place {
  /** Of the document in the file. */
  readonly index: number;
  readonly contents: Node;
  /** The whole document. */
  readonly value: unknown;
  /** Within the items of a Kubernetes `List`; null where the document is the resource. */
  readonly item: number | null;
  /** What declares the resource, as it is written. */
  readonly declared: unknown;
  /** The same as it is read; what is written where it is not valid. */
  readonly seen: unknown;
}

/** The documents of a text with the tokens that they were read from. */
export function compose(text: string): Document.Parsed[] {
  const composer = new Composer({
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
    keepSourceTokens: true,
  });
  return [...composer.compose(new Parser().parse(text), true, text.length)];
}

/** Which of the texts declares `ref`, and where. Throws `not_found`, or `duplicate_resource` when it is declared twice. */
export function locate(
  texts: readonly (readonly Document.Parsed[])[],
  ref: ResourceRef,
  options: EditOptions,
): { readonly from: number; readonly place: Place } {
  const found = texts.flatMap((documents, from) =>
    documents.flatMap((document, index) => {
      if (document.errors.length > 0) return [];
      return placesIn(document, index, ref, options).map((place) => ({ from, place }));
    }),
  );
  const [place] = found;
  const name = `${ref.kind} ${ref.namespace}/${ref.name}`;
  if (place === undefined) {
    throw new HeadgateError('not_found', `the file ${options.file} does not declare ${name}`, {
      hint: 'it may have been moved or may not be readable: see the errors of the repository',
    });
  }
  if (found.length > 1) {
    throw new HeadgateError('duplicate_resource', `the file ${options.file} declares ${name} more than once`);
  }
  return place;
}

function placesIn(document: Document.Parsed, index: number, ref: ResourceRef, options: EditOptions): Place[] {
  const { contents } = document;
  const roots = rootsOf(document);
  if (contents === null || roots.every((root) => root === null || isForeign(root))) return [];
  const read = toValue(contents, new Map(), { aliases: 0, expandedValues: 0 });
  if (!('value' in read)) return [];
  const isList = roots[0] !== contents;
  const values: unknown[] = isList ? itemsOf(contents, read.value) : [read.value];
  return values.flatMap((declared, item): Place[] => {
    if (!declares(declared, ref, options.namespace)) return [];
    const validated = validateDocument(declared, options);
    const seen = validated.ok ? validated.resource : withNamespace(declared as object, ref.namespace);
    return [{ index, contents, value: read.value, item: isList ? item : null, declared, seen }];
  });
}

function withNamespace(declared: object, namespace: string): object {
  return { ...declared, metadata: { namespace, ...(declared as { metadata?: object }).metadata } };
}

function isForeign(root: Node): boolean {
  const known = head(root);
  return known !== null && classify(known).as === 'foreign';
}

function itemsOf(contents: Node, value: unknown): unknown[] {
  const isItems = isMap(contents) && contents.items.some((pair) => keyText(pair.key) === 'items' && isSeq(pair.value));
  return isItems ? ((value as { items: unknown[] }).items ?? []) : [];
}

function declares(value: unknown, ref: ResourceRef, namespace: string): boolean {
  if (!isFields(value)) return false;
  const known = classify(value);
  const metadata = value['metadata'];
  if (known.as !== 'ours' || !isFields(metadata)) return false;
  const declared = { kind: known.kind, namespace: metadata['namespace'] ?? namespace, name: metadata['name'] };
  return refKey(declared as ResourceRef) === refKey(ref);
}
