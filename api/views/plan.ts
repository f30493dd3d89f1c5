import { Type, type Static } from 'typebox';
import { OneOf, Strict } from '../../crds/common.ts';
import type { Plan } from '../../controller/plan/types.ts';
import { Nullable } from './common.ts';
import { ErrorView, errorView } from './error.ts';

const ChangeView = Strict({
  resource: Type.String({ examples: ['Pipeline/default/orders'] }),
  id: Type.String(),
  action: OneOf(['create', 'update', 'delete']),
  effect: OneOf(['live', 'restart', 'destructive'], {
    description: 'live: nothing stops; restart: runners change over; destructive: something ceases to exist.',
  }),
  paths: Type.Array(Type.String(), { description: 'Fields that differ; never their values.' }),
  at: Nullable(Type.String(), { description: '`file:line` of the declaration.' }),
});

export const PlanView = Strict(
  {
    hash: Type.String({ description: '`plan_hash` of a sync that must apply exactly this.' }),
    revision: Nullable(Type.String(), { description: 'The commit; null for documents given in the request.' }),
    changes: Type.Array(ChangeView, { description: 'In the order of application.' }),
    summary: Strict({
      create: Type.Integer({ minimum: 0 }),
      update: Type.Integer({ minimum: 0 }),
      delete: Type.Integer({ minimum: 0 }),
    }),
    errors: Type.Array(ErrorView, { description: 'Problems of files; while there are any, nothing is deleted.' }),
    blocked: Nullable(ErrorView, { description: 'Why a sync would wait for consent.' }),
  },
  { title: 'Plan', description: 'What a sync would do.' },
);

export type PlanView = Static<typeof PlanView>;

export function planView(plan: Plan): PlanView {
  const count = (action: string): number => plan.changes.filter((change) => change.action === action).length;
  return {
    hash: plan.hash,
    revision: plan.revision,
    changes: plan.changes.map(({ resource, id, action, effect, paths, at }) => ({
      resource,
      id,
      action,
      effect,
      paths: [...paths],
      at: at ?? null,
    })),
    summary: { create: count('create'), update: count('update'), delete: count('delete') },
    errors: plan.errors.map(errorView),
    blocked: plan.blocked === null ? null : errorView(plan.blocked),
  };
}
