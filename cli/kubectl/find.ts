/** Finds what a command names, and objects that belong to it. */
import { HeadgateError } from '../../foundation/errors.ts';
import type { Kind } from '../../foundation/ids.ts';
import { KINDS } from '../../crds/index.ts';
import { nearest } from '../../crds/nearest.ts';
import type { Selection } from '../../controller/kubernetes/cluster.ts';
import { typeOf } from '../../controller/kubernetes/object-types.ts';
import { pagesOf } from '../../controller/kubernetes/pages.ts';
import { isRefused, type KubeObject, type ObjectType } from '../../controller/kubernetes/types.ts';
import type { Session } from './session.ts';

const PAGE = 500;
/** No command looks at more objects of one type. */
const MAX_OBJECTS = 10_000;

/** All objects of a selection, up to 10,000. */
export async function listAll(session: Session, type: ObjectType, selection: Selection): Promise<KubeObject[]> {
  const { cluster, signal } = session;
  const found: KubeObject[] = [];
  for await (const page of pagesOf(cluster, type, { ...selection, limit: PAGE, signal })) {
    found.push(...page.items);
    if (found.length >= MAX_OBJECTS) break;
  }
  return found;
}

/** Throws `not_found`, with a name that was probably meant. */
export async function findResource(session: Session, kind: Kind, name: string): Promise<KubeObject> {
  const { cluster, namespace, signal } = session;
  try {
    return await cluster.get(typeOf(kind), { namespace, name }, signal);
  } catch (error) {
    if (!isRefused(error, 'NotFound')) throw error;
    // When the type itself is not there, this throws what tells so.
    const there = await listAll(session, typeOf(kind), { namespace });
    throw new HeadgateError('not_found', `there is no ${kind} '${name}' in namespace '${namespace}'`, {
      cause: error,
      hint: await hintFor(session, kind, name, there),
    });
  }
}

async function hintFor(session: Session, kind: Kind, name: string, there: readonly KubeObject[]): Promise<string> {
  const near = nearest(
    name,
    there.map(({ metadata }) => metadata.name),
  );
  if (near !== undefined) return `did you mean ${near}?`;
  const elsewhere = await namespacesOf(session, kind, name);
  if (elsewhere.length > 0) return `there is one in ${elsewhere.join(', ')}: choose with -n`;
  return `list what there is with \`kubectl get ${KINDS[kind].plural}.headgate.dev -A\``;
}

/** Where else there is one of this name; nothing where the person may not look. */
async function namespacesOf(session: Session, kind: Kind, name: string): Promise<string[]> {
  const found = await listAll(session, typeOf(kind), { fields: `metadata.name=${name}` }).catch(() => []);
  return found.flatMap(({ metadata }) => metadata.namespace ?? []);
}
