/** From changes of resources to changes of files, on top of a head. */
import { HeadgateError } from '../../foundation/errors.ts';
import { refKey, type ResourceRef } from '../../foundation/ids.ts';
import { LIVE_ANNOTATIONS, refOf, writtenAnnotations, type Resource } from '../../crds/index.ts';
import type { FileEdit } from '../git/commit.ts';
import { declarationHash } from '../plan/plan.ts';
import type { DeclaredEntry } from '../sync/inspect.ts';
import { declaredIn, editFile } from './edit/edit.ts';
import { newFile } from './edit/new-file.ts';
import { fileOf, type Head } from './head.ts';
import { pathOfNew } from './place.ts';
import { NAME_TAKEN, type WriteChange } from './ports.ts';
import { refOfChange } from './target.ts';

/** A resource as it is live. */
export interface Live {
  readonly hash: string;
  readonly revision: string;
}

/** Live resources by key, as they are now; without what is being deleted. */
export type LiveView = ReadonlyMap<string, Live>;

/**
 * The files that a commit has to change; none when the head declares just that already. Throws `conflict` when a resource
 * stands otherwise at the head than it is live, is there already, or is declared twice.
 */
export async function editsOf(changes: readonly WriteChange[], head: Head, live: LiveView): Promise<FileEdit[]> {
  const drafts = new Drafts(head);
  for (const change of changes) {
    const ref = refOfChange(change);
    const key = refKey(ref);
    const [entry, twice] = head.declarations(key);
    if (twice !== undefined) {
      throw new HeadgateError('conflict', `${key} is declared twice at the head: in ${entry!.at} and in ${twice.at}`, {
        hint: 'remove one of the two in Git',
      });
    }
    const known = live.get(key);
    const base = change.action === 'create' ? undefined : change.base;
    if (base !== undefined && known !== undefined && known.revision !== base && !isDone(change, entry)) {
      throw madeFromAnother(key, base, known);
    }
    if (change.action === 'create') await create(change.resource, key, entry, known, drafts);
    else if (change.action === 'update') await update(change.resource, key, entry, known, drafts);
    else await remove(ref, key, entry, known, base !== undefined, drafts);
  }
  return drafts.edits();
}

/** Whether the head declares just what is asked for: who asks once more, after an answer that was lost, is answered well. */
function isDone(change: WriteChange, entry: DeclaredEntry | undefined): boolean {
  if (change.action === 'delete') return entry === undefined;
  return entry?.hash === declarationHash(change.resource);
}

async function create(
  resource: Resource,
  key: string,
  entry: DeclaredEntry | undefined,
  known: Live | undefined,
  drafts: Drafts,
): Promise<void> {
  if (entry !== undefined || known !== undefined) {
    const where = entry === undefined ? `it is live from ${known!.revision}` : `it is declared in ${entry.at}`;
    throw new HeadgateError('conflict', `${key} is there already: ${where}`, {
      hint: 'choose another name',
      issues: [NAME_TAKEN],
    });
  }
  const path = pathOfNew(drafts.head.folder, resource, drafts.head.reading.namespace);
  if (drafts.has(path) || (await drafts.head.taken(path))) {
    throw new HeadgateError('conflict', `the file ${path} is there already, and does not declare ${key}`, {
      at: path,
      hint: 'choose another name, or move that file in Git',
      issues: [NAME_TAKEN],
    });
  }
  drafts.set(path, newFile(withoutLive(resource, null), { namespace: drafts.head.reading.namespace }));
}

async function update(
  resource: Resource,
  key: string,
  entry: DeclaredEntry | undefined,
  known: Live | undefined,
  drafts: Drafts,
): Promise<void> {
  if (known === undefined && entry === undefined) throw new HeadgateError('not_found', `there is no ${key}`);
  if (isDone({ action: 'update', resource }, entry)) return;
  if (entry === undefined || entry.hash !== known?.hash) throw changedMeanwhile(key, entry, known, drafts.head);
  const declared = await drafts.declared(fileOf(entry), refOf(resource));
  await drafts.edit(fileOf(entry), refOf(resource), withoutLive(resource, declared));
}

async function remove(
  ref: ResourceRef,
  key: string,
  entry: DeclaredEntry | undefined,
  known: Live | undefined,
  guarded: boolean,
  drafts: Drafts,
): Promise<void> {
  if (entry === undefined) {
    const broken = drafts.head.reading.errors.length > 0;
    if (known === undefined || !broken) return;
    // It may stand in a file that cannot be read.
    throw changedMeanwhile(key, entry, known, drafts.head);
  }
  if (guarded && entry.hash !== known?.hash) throw changedMeanwhile(key, entry, known, drafts.head);
  await drafts.edit(fileOf(entry), ref, null);
}

/**
 * What operators put on a live resource, such as a pause, gets into Git only by whoever writes it there: of such annotations
 * those that are `declared` stay as they are.
 */
function withoutLive(resource: Resource, declared: Resource | null): Resource {
  const { annotations, ...metadata } = resource.metadata;
  const said = Object.entries(declared?.metadata.annotations ?? {});
  const kept = {
    ...writtenAnnotations(annotations),
    ...Object.fromEntries(said.filter(([name]) => LIVE_ANNOTATIONS.includes(name))),
  };
  return { ...resource, metadata: { ...metadata, ...(Object.keys(kept).length === 0 ? {} : { annotations: kept }) } };
}

function madeFromAnother(key: string, base: string, known: Live): HeadgateError {
  const message = `${key} was changed meanwhile: the change was made from ${base}, and it is live from ${known.revision}`;
  return new HeadgateError('conflict', message, {
    hint: 'read the resource again and repeat the change',
    issues: [
      { pointer: '', message: `the change was made from: ${base}` },
      { pointer: '', message: `live: ${known.revision}` },
    ],
  });
}

/** `conflict` with both revisions. */
function changedMeanwhile(
  key: string,
  entry: DeclaredEntry | undefined,
  known: Live | undefined,
  head: Pick<Head, 'branch' | 'revision' | 'reading'>,
): HeadgateError {
  const there = entry === undefined ? 'does not declare it validly' : `declares it otherwise, in ${entry.at}`;
  const lives = known === undefined ? 'is not live' : `is live from ${known.revision}`;
  const message = `${key} was changed meanwhile: it ${lives}, and the head of '${head.branch}', ${head.revision}, ${there}`;
  const broken = entry === undefined ? head.reading.errors.slice(0, 10) : [];
  return new HeadgateError('conflict', message, {
    ...(entry === undefined ? {} : { at: entry.at }),
    hint: 'wait until the head is synced, read the resource again, and repeat the change',
    issues: [
      { pointer: '', message: `live: ${known?.revision ?? 'not there'}` },
      {
        pointer: '',
        message: `head of ${head.branch}: ${head.revision}`,
        ...(entry === undefined ? {} : { at: entry.at }),
      },
      ...broken.map((error) => ({
        pointer: '',
        message: error.message,
        ...(error.at === undefined ? {} : { at: error.at }),
      })),
    ],
  });
}

/** Texts of files on their way to a commit. */
class Drafts {
  readonly head: Head;
  readonly #texts = new Map<string, string | null>();

  constructor(head: Head) {
    this.head = head;
  }

  set(path: string, text: string): void {
    this.#texts.set(path, text);
  }

  has(path: string): boolean {
    return this.#texts.has(path);
  }

  /** A resource as a file declares it. */
  async declared(file: string, ref: ResourceRef): Promise<Resource> {
    return declaredIn(await this.#text(file), ref, { file, namespace: this.head.reading.namespace });
  }

  async edit(file: string, ref: ResourceRef, resource: Resource | null): Promise<void> {
    const text = await this.#text(file);
    this.#texts.set(file, editFile(text, ref, resource, { file, namespace: this.head.reading.namespace }));
  }

  /** As the changes before have left it. */
  async #text(file: string): Promise<string> {
    const text = this.#texts.get(file) ?? (await this.head.text(file));
    this.#texts.set(file, text);
    return text;
  }

  /** A path without any declaring file blocks its sync, so the last one stays, and says why. */
  edits(): FileEdit[] {
    const edits = [...this.#texts].map(([path, content]): FileEdit => ({ path, content }));
    const gone = new Set(edits.filter(({ content }) => content === null).map(({ path }) => path));
    const stays = this.head.reading.files.some(({ path }) => !gone.has(path));
    const comes = edits.some(({ content }) => content !== null);
    if (stays || comes || edits.length === 0) return edits;
    return edits.map((edit, index) => (index === 0 ? { ...edit, content: emptyFile(edit.path) } : edit));
  }
}

function emptyFile(path: string): string {
  return /\.json$/i.test(path)
    ? '{}\n'
    : '# Nothing is declared here any more. A file stays, since a path without any is taken for a mistake.\n';
}
