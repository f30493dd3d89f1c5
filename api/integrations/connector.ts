import { HeadgateError } from '../../foundation/errors.ts';
import { nearest } from '../../crds/nearest.ts';
import { connectorOf, lookUpConnector } from '../../controller/catalogue.ts';
import { manifestOf, type ConnectorManifest } from '../../runner/connectors/catalogue.ts';
import { allConnectors, CATALOGUE_NAMES } from '../../runner/connectors/index.ts';
import type { Connector } from '../../runner/ports.ts';
import type { TokenRecord } from '../../store/ports.ts';
import { listResources } from '../access/find.ts';
import type { RouteDeps } from '../deps.ts';

/** The connector that a service names in a workspace. Throws `reference_not_found` with the nearest name. */
export async function connectorFor(
  { resources }: Pick<RouteDeps, 'resources'>,
  workspace: string,
  service: string,
): Promise<Connector> {
  const connector = await lookUpConnector(service, workspace, resources);
  if (connector !== undefined) return connector;
  const guess = nearest(service, CATALOGUE_NAMES);
  throw new HeadgateError('reference_not_found', `there is no connector '${service.slice(0, 100)}'`, {
    issues: [{ pointer: '/service', message: 'is no connector of the catalogue' }],
    hint: guess === undefined ? `there are: ${CATALOGUE_NAMES.join(', ')}` : `did you mean '${guess}'?`,
  });
}

/** Whether its events are sent to Headgate, rather than read by it. */
export function takesEvents(connector: Connector): boolean {
  return connector.streaming === true && connector.streamSource === undefined;
}

/** A connector of the catalogue, or one that a workspace declares for itself. */
export interface Available {
  readonly manifest: ConnectorManifest;
  /** Null: every workspace has it. */
  readonly workspace: string | null;
}

/** By name. Of those that workspaces declare, the ones that the token may see. */
export async function availableConnectors(
  deps: RouteDeps,
  token: TokenRecord,
  workspace: string | undefined,
): Promise<readonly Available[]> {
  const declared = await listResources(deps, token, 'Connector', workspace);
  const all = [
    ...allConnectors().map((connector) => ({ manifest: manifestOf(connector), workspace: null })),
    ...declared
      .filter(({ invalid }) => invalid === undefined)
      .map(({ resource: { metadata, spec } }) => ({
        manifest: manifestOf(connectorOf(metadata.name, spec)),
        workspace: metadata.namespace,
      })),
  ];
  return all.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

/** Orders the catalogue, and tells its entries apart. */
export const keyOf = ({ manifest, workspace }: Available): string => `${manifest.name} ${workspace ?? ''}`;
