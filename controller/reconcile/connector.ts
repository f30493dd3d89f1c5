/** A declared connector has nothing to run; its status tells whether connections can use it. */
import { refOf } from '../../crds/index.ts';
import { findConnector } from '../../runner/connectors/index.ts';
import { manifestIssues } from '../../runner/connectors/declared/manifest.ts';
import type { Resources, StoredResource } from '../ports.ts';
import { refuseInvalid } from './refuse-invalid.ts';
import { GO, stall, type Step } from './step.ts';

export interface ConnectorContext {
  readonly stored: StoredResource<'Connector'>;
  readonly resources: Resources;
  gone?: boolean;
}

const finishDeletion: Step<ConnectorContext> = async (context) => {
  if (context.stored.deletedAt === null) return GO;
  await context.resources.remove(refOf(context.stored.resource));
  context.gone = true;
  return GO;
};

const checkManifest: Step<ConnectorContext> = async ({ stored, gone }) => {
  if (gone === true) return GO;
  const { metadata, spec } = stored.resource;
  if (findConnector(metadata.name) !== undefined) {
    return stall({
      code: 'invalid_resource',
      message: `the catalogue has a connector '${metadata.name}', and it is that one which is used`,
      at: '/metadata/name',
      hint: 'choose another name',
    });
  }
  const issues = manifestIssues(spec);
  if (issues.length === 0) return GO;
  const message = issues.map((issue) => `${issue.pointer} ${issue.message}`).join('; ');
  return stall({ code: 'invalid_resource', message, issues });
};

export const connectorSteps: readonly Step<ConnectorContext>[] = [finishDeletion, refuseInvalid, checkManifest];
