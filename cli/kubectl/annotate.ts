/** Wishes that are annotations: `pause`, `resume`, `reconcile`. */
import { rfc3339, sleep } from '../../foundation/time.ts';
import { HeadgateError } from '../../foundation/errors.ts';
import type { Kind } from '../../foundation/ids.ts';
import { KINDS, type PipelineStatus, PAUSED_ANNOTATION, REQUESTED_ANNOTATION } from '../../crds/index.ts';
import { nearest } from '../../crds/nearest.ts';
import { typeOf } from '../../controller/kubernetes/object-types.ts';
import type { KubeObject } from '../../controller/kubernetes/types.ts';
import type { CliContext } from '../context.ts';
import { jsonDocument } from '../output/json.ts';
import { findResource } from './find.ts';
import type { ClusterOptions } from './options.ts';
import { PLUGIN_MANAGER, withSession } from './session.ts';
import { statusOf } from './shapes.ts';

export interface ReconcileOptions extends ClusterOptions {
  readonly wait?: boolean;
  readonly timeout: number;
}

const POLL_MS = 200;

export async function pause(context: CliContext, name: string, options: ClusterOptions): Promise<void> {
  await annotate(context, options, ['Pipeline', name], { [PAUSED_ANNOTATION]: 'true' }, 'paused');
}

export async function resume(context: CliContext, name: string, options: ClusterOptions): Promise<void> {
  const pipeline = await annotate(context, options, ['Pipeline', name], { [PAUSED_ANNOTATION]: null }, 'resumed');
  if ((pipeline['spec'] as { enabled?: boolean } | undefined)?.enabled === false)
    context.terminal.err('it stays paused: its spec says `enabled: false`\n');
}

/** `target`: `orders`, or `repository/pipelines`. */
export async function reconcile(context: CliContext, target: string, options: ReconcileOptions): Promise<void> {
  const wish = { [REQUESTED_ANNOTATION]: rfc3339(context.clock()) };
  const [kind, name] = parseTarget(target);
  await annotate(context, options, [kind, name], wish, 'to be looked at');
  if (options.wait === true) await untilHandled(context, options, [kind, name], wish[REQUESTED_ANNOTATION]);
}

async function annotate(
  context: CliContext,
  options: ClusterOptions,
  [kind, name]: readonly [Kind, string],
  annotations: Readonly<Record<string, string | null>>,
  done: string,
): Promise<KubeObject> {
  return withSession(context, options, async (session) => {
    const { cluster, namespace, signal } = session;
    // A patch of what is not there would be refused in fewer words.
    await findResource(session, kind, name);
    const ref = { namespace, name };
    const patched = await cluster.patch(
      typeOf(kind),
      ref,
      { metadata: { annotations } },
      { manager: PLUGIN_MANAGER },
      signal,
    );
    context.terminal.out(options.json === true ? jsonDocument(patched) : `${kind.toLowerCase()}/${name} ${done}\n`);
    return patched;
  });
}

/** The status tells which wish was the last that was acted upon. Throws `unavailable` when that takes too long. */
async function untilHandled(
  context: CliContext,
  options: ReconcileOptions,
  [kind, name]: readonly [Kind, string],
  wish: string,
): Promise<void> {
  await withSession(context, options, async ({ cluster, namespace, signal }) => {
    const deadline = AbortSignal.timeout(options.timeout);
    const until = AbortSignal.any([signal, deadline]);
    try {
      for (;;) {
        const now = await cluster.get(typeOf(kind), { namespace, name }, until);
        if (statusOf<PipelineStatus>(now).lastHandledReconcileAt === wish) return;
        await sleep(POLL_MS, until);
      }
    } catch (error) {
      if (!deadline.aborted || signal.aborted) throw error;
      throw new HeadgateError('unavailable', `${kind.toLowerCase()}/${name} was not looked at in time`, {
        hint: 'is the controller up? The wish stays',
      });
    }
  });
}

/** `orders` is a pipeline. Throws `invalid_request` for a kind that Headgate does not have. */
export function parseTarget(text: string): readonly [Kind, string] {
  const slash = text.indexOf('/');
  if (slash < 0) return ['Pipeline', text];
  const word = text
    .slice(0, slash)
    .toLowerCase()
    .replace(/\.headgate\.dev$/, '');
  const kinds = Object.entries(KINDS) as [Kind, (typeof KINDS)[Kind]][];
  const names = kinds.map(
    ([kind, { plural, shortNames }]) => [kind, [kind.toLowerCase(), plural, ...shortNames]] as const,
  );
  const found = names.find(([, all]) => all.includes(word));
  if (found !== undefined) return [found[0], text.slice(slash + 1)];
  const near = nearest(
    word,
    names.flatMap(([, all]) => all),
  );
  throw new HeadgateError('invalid_request', `there is no kind '${word}'`, {
    hint:
      near === undefined ? `one of ${kinds.map(([kind]) => kind.toLowerCase()).join(', ')}` : `did you mean ${near}?`,
  });
}
