import { Type, type Static } from 'typebox';
import { OneOf, Strict } from '../../crds/common.ts';
import type { WriteOutcome } from '../../controller/write/ports.ts';
import { Nullable, Text } from './common.ts';
import { PlanView, planView } from './plan.ts';

/** A write that is in Git, and not in force yet. */
export const PendingWriteView = Strict(
  {
    status: OneOf(['proposed', 'committed'], {
      description:
        'proposed: on a branch of its own, for somebody to merge; committed: on the branch, and not synced yet.',
    }),
    branch: Nullable(Text('headgate/create-pipeline-orders-4x1k'), { description: 'Of a proposal.' }),
    url: Nullable(Type.String({ examples: ['https://github.com/acme/pipelines/pull/42'] }), {
      description: 'The pull request; null where the forge is not known and the branch was only pushed.',
    }),
    revision: Text('9f2c41d07be3a5586c1d', 'The commit.'),
    plan: PlanView,
  },
  { title: 'PendingWrite', description: 'A write that is in Git, and not in force yet.' },
);
export type PendingWriteView = Static<typeof PendingWriteView>;

export function pendingWriteView(outcome: Extract<WriteOutcome, { form: 'proposed' | 'committed' }>): PendingWriteView {
  return {
    status: outcome.form,
    branch: outcome.form === 'proposed' ? outcome.branch : null,
    url: outcome.form === 'proposed' ? outcome.url : null,
    revision: outcome.revision,
    plan: planView(outcome.plan),
  };
}
