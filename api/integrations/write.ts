/** Writes of connections: secrets into the secret store, everything else through Git. */
import { refOf, type Resource } from '../../crds/index.ts';
import type { WriteChange } from '../../controller/write/ports.ts';
import type { RouteDeps } from '../deps.ts';
import type { Written } from '../route.ts';
import { integrationView, type IntegrationView } from '../views/integration.ts';
import { capturedName, captureSecrets, keepCaptured, takeBack, type UndoCapture } from '../writes/capture-secrets.ts';
import { afterWrite, write, type WritingRequest } from '../writes/write.ts';
import { connectorFor } from './connector.ts';
import { refuseInvalidSettings, refuseRedacted } from './desired.ts';

/**
 * Writes a connection. Literal values of secret settings go into the secret store, and come out of it again when nothing is
 * written. Throws what `write` throws, `reference_not_found` for an unknown service, `invalid_settings`, `invalid_request`.
 */
export async function writeConnection(
  request: WritingRequest,
  deps: RouteDeps,
  action: Exclude<WriteChange['action'], 'delete'>,
  desired: Resource<'Connection'>,
): Promise<Written<IntegrationView>> {
  const { name, namespace } = desired.metadata;
  const connector = await connectorFor(deps, namespace, desired.spec.connector);
  const settings = desired.spec.settings ?? {};
  refuseRedacted(settings);
  const capture = {
    workspace: namespace,
    resource: capturedName('Connection', name),
    connectorSettingsSchema: connector.settings,
    settings,
  };
  refuseInvalidSettings(connector, await captureSecrets(deps, { ...capture, dryRun: true }));
  const undo: UndoCapture[] = [];
  const live = await deps.resources.get<'Connection'>({ kind: 'Connection', namespace, name });
  const current = live?.resource.spec;
  try {
    const kept = await captureSecrets(deps, { ...capture, current, undo, dryRun: request.query.dry_run });
    const resource = desired.spec.settings === undefined ? desired : withSettings(desired, kept);
    return await write(request, deps, {
      changes: [{ action, resource }],
      subject: `${action === 'create' ? 'Create' : 'Update'} connection ${name}`,
      sent: () => keepCaptured(undo),
      view: () =>
        afterWrite(resource, async () => {
          const stored = await deps.resources.get<'Connection'>({ ...refOf(resource), kind: 'Connection' });
          return stored === null ? null : integrationView(stored);
        }),
    });
  } catch (error) {
    await takeBack(undo, deps);
    throw error;
  }
}

const withSettings = (resource: Resource<'Connection'>, settings: Record<string, unknown>): Resource<'Connection'> => ({
  ...resource,
  spec: { ...resource.spec, settings },
});
