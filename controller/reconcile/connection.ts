/** A connection has nothing to run; its status tells whether pipelines can use it. */
import { refOf } from '../../crds/index.ts';
import { inboundKeyId } from '../../foundation/ids.ts';
import { checkSettings } from '../../runner/settings.ts';
import type { Tokens } from '../../store/ports.ts';
import { lookUpConnector } from '../catalogue.ts';
import type { Resources, StoredResource } from '../ports.ts';
import { refuseInvalid } from './refuse-invalid.ts';
import { GO, stall, type Step } from './step.ts';

export interface ConnectionContext {
  readonly stored: StoredResource<'Connection'>;
  readonly resources: Resources;
  readonly tokens: Pick<Tokens, 'revoke'>;
  readonly now: number;
  gone?: boolean;
}

/** One of the same name that is declared later has the same id: nobody's old key may fit it. */
const finishDeletion: Step<ConnectionContext> = async (context) => {
  if (context.stored.deletedAt === null) return GO;
  await context.tokens.revoke(inboundKeyId(context.stored.id), context.now);
  await context.resources.remove(refOf(context.stored.resource));
  context.gone = true;
  return GO;
};

const checkConnector: Step<ConnectionContext> = async ({ stored, resources, gone }) => {
  if (gone === true) return GO;
  const { metadata, spec } = stored.resource;
  const connector = await lookUpConnector(spec.connector, metadata.namespace, resources);
  if (connector === undefined) {
    return stall({
      code: 'reference_not_found',
      message: `there is no connector '${spec.connector}'`,
      at: '/spec/connector',
    });
  }
  const { issues } = checkSettings(connector, spec.settings ?? {}, { pointer: '/spec/settings' });
  if (issues.length === 0) return GO;
  const message = issues.map((issue) => `${issue.pointer} ${issue.message}`).join('; ');
  return stall({ code: issues[0]!.code ?? 'invalid_settings', message, issues });
};

export const connectionSteps: readonly Step<ConnectionContext>[] = [finishDeletion, refuseInvalid, checkConnector];
