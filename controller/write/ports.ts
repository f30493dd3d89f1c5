/** A change of declared resources that somebody asks for through the API. It becomes a commit; nothing is written past Git. */
import type { Issue } from '../../foundation/errors.ts';
import type { ResourceRef } from '../../foundation/ids.ts';
import type { Resource } from '../../crds/index.ts';
import type { Plan } from '../plan/types.ts';

export type WriteChange =
  /** `conflict` with the issue `NAME_TAKEN` when there is one already, in Git or live. */
  | { readonly action: 'create'; readonly resource: Resource }
  /**
   * The whole resource as it shall be. `conflict`, with both revisions, when the resource stands otherwise at the head of
   * the branch than it is live, since whoever asks has not seen that. `base` is the revision of the live resource that the
   * change was made from: `conflict` when it has another one by now, so that no change in between is lost.
   */
  | { readonly action: 'update'; readonly resource: Resource; readonly base?: string }
  /** `base` as for updates: left out, whatever stands there goes. */
  | { readonly action: 'delete'; readonly ref: ResourceRef; readonly base?: string };

export const NAME_TAKEN: Issue = { pointer: '/metadata/name', message: 'is taken' };

export interface WriteRequest {
  /** Applied together, in one commit. They belong to one repository. */
  readonly changes: readonly WriteChange[];
  /** The subject of the commit: `Create pipeline orders`. */
  readonly subject: string;
  /** Id of the Repository that new resources go to. Left out: the only one of the workspace that allows writing. */
  readonly repositoryId?: string;
  /** Who asks; the author of the commit. */
  readonly author: { readonly name: string; readonly email: string };
  /** Goes into the trailer `Request-Id` of the commit. */
  readonly requestId: string;
  /** Only make the plan. */
  readonly dryRun: boolean;
  /** How long to wait until the commit is synced, in milliseconds. */
  readonly waitMs: number;
  /** Called right before a commit leaves: a failure from then on does not tell that nothing was written. */
  readonly sent?: () => void;
}

/** What became of it. `plan` is what the commit changes. */
export type WriteOutcome =
  | { readonly form: 'planned'; readonly plan: Plan }
  /** Git declares just that already. */
  | { readonly form: 'unchanged'; readonly revision: string }
  /** The commit is synced. Without any repository: applied to the platform itself. */
  | { readonly form: 'applied'; readonly revision: string; readonly plan: Plan }
  /** The commit is at the remote, but was not synced within the time. */
  | { readonly form: 'committed'; readonly revision: string; readonly plan: Plan }
  /** `writeBack: pull-request`. `url` is null where the forge is not known and the branch was pushed only. */
  | {
      readonly form: 'proposed';
      readonly branch: string;
      readonly revision: string;
      readonly url: string | null;
      readonly plan: Plan;
    };
