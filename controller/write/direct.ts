/** Changes of resources that no repository declares: applied to the platform itself, after the checks of a sync. */
import { HeadgateError } from '../../foundation/errors.ts';
import { parseRefKey, refKey, type ResourceRef } from '../../foundation/ids.ts';
import { isKind, writtenAnnotations, type Resource } from '../../crds/index.ts';
import { plan, type Declared, type Observed } from '../plan/plan.ts';
import type { Plan } from '../plan/types.ts';
import type { ResourceChange, Resources } from '../ports.ts';
import { checkTogether } from '../sync/check.ts';
import { inspectFile } from '../sync/inspect.ts';
import { manifestsIn } from '../sync/sync.ts';
import { usersOf } from '../reconcile/users.ts';
import { NAME_TAKEN, type WriteChange, type WriteOutcome, type WriteRequest } from './ports.ts';
import { refuseNewErrors } from './refuse.ts';
import { refOfChange } from './target.ts';

/** What stands as revision of resources that came through the API. */
const REVISION = 'api';
const BY_HAND = { repositoryId: null, file: null, line: null };

/** Throws `conflict`, `not_found`, and the errors of the resources. */
export async function applyDirectly(request: WriteRequest, resources: Resources): Promise<WriteOutcome> {
  await refuseClashes(request.changes, resources);
  const deleted = request.changes.flatMap((change) => (change.action === 'delete' ? [change.ref] : []));
  await refuseUsed(deleted, request.changes, resources);
  const made = await planOf(request.changes, resources);
  refuseNewErrors(made.errors, []);
  if (request.dryRun) return { form: 'planned', plan: made };
  if (made.changes.length === 0) return { form: 'unchanged', revision: REVISION };
  await resources.apply(
    request.changes.map((change): ResourceChange => {
      if (change.action === 'delete') return change;
      return { action: 'apply', resource: withoutLive(change.resource), revision: REVISION, origin: BY_HAND };
    }),
  );
  return { form: 'applied', revision: REVISION, plan: made };
}

async function refuseClashes(changes: readonly WriteChange[], resources: Resources): Promise<void> {
  for (const change of changes) {
    const key = refKey(refOfChange(change));
    const live = await resources.get(refOfChange(change));
    const there = live !== null && live.deletedAt === null;
    if (change.action === 'create') {
      if (there) {
        throw new HeadgateError('conflict', `${key} is there already`, {
          hint: 'choose another name',
          issues: [NAME_TAKEN],
        });
      }
      continue;
    }
    if (!there) throw new HeadgateError('not_found', `there is no ${key}`);
    if (change.base !== undefined && change.base !== live.revision) {
      const message = `${key} was changed meanwhile: the change was made from ${change.base}, and it is at ${live.revision}`;
      throw new HeadgateError('conflict', message, { hint: 'read it again and repeat the change' });
    }
  }
}

/** A connection that a pipeline uses stays, and so does a connector that somebody uses. */
async function refuseUsed(
  deleted: readonly ResourceRef[],
  changes: readonly WriteChange[],
  resources: Resources,
): Promise<void> {
  const changed = new Set(changes.map((change) => refKey(refOfChange(change))));
  for (const ref of deleted.filter(({ kind }) => kind === 'Connector')) {
    const user = (await usersOf(new Set([refKey(ref)]), resources)).find((key) => !changed.has(key));
    if (user === undefined) continue;
    throw new HeadgateError('reference_not_found', `connector '${ref.name}' is used by ${user}`, {
      hint: 'delete or change that first',
    });
  }
  const going = new Set(deleted.filter(({ kind }) => kind === 'Connection').map(refKey));
  if (going.size === 0) return;
  for (const { resource, deletedAt } of await resources.list({ kind: 'Pipeline' })) {
    const { name, namespace } = resource.metadata;
    if (deletedAt !== null || changed.has(`Pipeline/${namespace}/${name}`)) continue;
    const { source, sources = [], destination, destinations = [] } = resource.spec;
    const used = [source, ...sources, destination, ...destinations].find((endpoint) =>
      going.has(`Connection/${namespace}/${endpoint?.connection}`),
    );
    if (used === undefined) continue;
    throw new HeadgateError('reference_not_found', `connection '${used.connection}' is used by pipeline '${name}'`, {
      hint: 'delete or change the pipeline first',
    });
  }
}

async function planOf(changes: readonly WriteChange[], resources: Resources): Promise<Plan> {
  const given = changes.flatMap((change) => (change.action === 'delete' ? [] : [withoutLive(change.resource)]));
  const text = given.map((resource) => `--- \n${JSON.stringify(resource)}\n`).join('');
  const { findings, resources: read } = inspectFile(Buffer.from(text), 'request');
  const inventory = (await resources.index()).filter((entry) => !entry.deleted);
  const gone = new Set(
    changes.filter(({ action }) => action === 'delete').map((change) => refKey(refOfChange(change))),
  );
  const manifests = await manifestsIn(resources);
  const { good, errors } = checkTogether(findings.entries, {
    ownerOf: () => null,
    connectorOf: await connectors(resources, gone),
    manifestOf: (key) => (gone.has(key) ? null : (manifests.get(key) ?? null)),
  });
  const contents = new Map(findings.entries.map((entry, index) => [entry.key, read[index]!]));
  const touched = new Set([...good.map(({ key }) => key), ...gone]);
  const observed: Observed[] = [];
  for (const entry of inventory.filter(({ key }) => touched.has(key))) {
    const stored = await resources.get(parseRefKey(entry.key));
    observed.push(stored === null ? entry : { ...entry, content: stored.resource });
  }
  const made = plan({
    revision: null,
    declared: good.map((entry): Declared => ({ ...entry, content: contents.get(entry.key) })),
    observed,
    errors: [...findings.errors, ...errors],
    prune: true,
  });
  // What is deleted was named one by one: nothing waits for consent.
  return { ...made, blocked: null };
}

async function connectors(resources: Resources, gone: ReadonlySet<string>): Promise<(key: string) => string | null> {
  const found = new Map<string, string>();
  for (const { resource, deletedAt } of await resources.list({ kind: 'Connection' })) {
    const key = `Connection/${resource.metadata.namespace}/${resource.metadata.name}`;
    if (deletedAt === null && !gone.has(key) && isKind('Connection', resource)) found.set(key, resource.spec.connector);
  }
  return (key) => found.get(key) ?? null;
}

/** What operators put on it, such as a pause, is kept beside what is declared, by the platform. */
function withoutLive(resource: Resource): Resource {
  const { annotations, ...metadata } = resource.metadata;
  if (annotations === undefined) return resource;
  const rest = writtenAnnotations(annotations);
  return { ...resource, metadata: { ...metadata, ...(Object.keys(rest).length === 0 ? {} : { annotations: rest }) } };
}
