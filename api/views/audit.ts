import { Type, type Static } from 'typebox';
import { OneOf, Strict } from '../../crds/common.ts';
import { AUDIT_OUTCOMES, type AuditRecord } from '../../store/audit-ports.ts';
import { Id, Nullable, Text, Time, timeOf } from './common.ts';

export const AuditView = Strict(
  {
    id: Id('The record.', 'aud_01k9x2m4c7r8t5v6w1y3z0a2b4'),
    at: Time('When it was asked for.'),
    via: OneOf(['api', 'cli', 'server'], {
      description: 'cli: a command that worked on the store itself; server: done when it started.',
    }),
    actor: Strict({
      id: Nullable(Text('tok_01k9x2m4c7r8t5v6w1y3z0a2b4'), { description: 'Of the token; null outside of the API.' }),
      name: Text('ci'),
    }),
    request_id: Nullable(Type.String(), { description: 'The same as `X-Request-Id` of the answer.' }),
    action: Text('updatePipeline', 'The operation of this document, or the command.'),
    resource: Nullable(Text('pipelines/orders'), { description: 'As it was addressed.' }),
    workspace: Nullable(Type.String()),
    outcome: OneOf(AUDIT_OUTCOMES, {
      description:
        'begun: it was under way when it was last heard of, and may have happened; refused: nothing was changed; failed: a part may have happened.',
    }),
    status: Nullable(Type.Integer({ description: 'The HTTP status.' })),
    code: Nullable(Text('conflict'), { description: 'Of the error; `dry_run` where only a plan was asked for.' }),
    revision: Nullable(Type.String(), { description: 'The commit that it became.' }),
    branch: Nullable(Type.String(), { description: 'The branch of a proposal.' }),
    address: Nullable(Text('192.0.2.7'), { description: 'Where it was asked from.' }),
  },
  { title: 'AuditRecord', description: 'Who changed what, and when.' },
);
export type AuditView = Static<typeof AuditView>;

export function auditView(record: AuditRecord): AuditView {
  const { id, via, action, resource, workspace, outcome, status, code, revision, branch, address } = record;
  return {
    id,
    at: timeOf(record.at)!,
    via,
    actor: { id: record.actorId, name: record.actor },
    request_id: record.requestId,
    action,
    resource,
    workspace,
    outcome,
    status,
    code,
    revision,
    branch,
    address,
  };
}
