/** A connection has nothing to run; its status tells whether pipelines can use it. */
import { refOf } from '../../crds/index.ts';
import { findConnector } from '../../runner/connectors/index.ts';
import { checkSettings } from '../../runner/settings.ts';
import type { Resources, StoredResource } from '../ports.ts';
import { GO, stall, type Step } from './step.ts';

export interface ConnectionContext {
  readonly stored: StoredResource<'Connection'>;
  readonly resources: Resources;
  gone?: boolean;
}

const finishDeletion: Step<ConnectionContext> = async (context) => {
  if (context.stored.deletedAt === null) return GO;
  await context.resources.remove(refOf(context.stored.resource));
  context.gone = true;
  return GO;
};

const checkConnector: Step<ConnectionContext> = async ({ stored, gone }) => {
  if (gone === true) return GO;
  const { spec } = stored.resource;
  const connector = findConnector(spec.connector);
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

export const connectionSteps: readonly Step<ConnectionContext>[] = [finishDeletion, checkConnector];
