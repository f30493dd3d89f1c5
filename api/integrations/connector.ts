import { HeadgateError } from '../../foundation/errors.ts';
import { nearest } from '../../crds/nearest.ts';
import { connectors, findConnector } from '../../runner/connectors/index.ts';
import type { Connector } from '../../runner/ports.ts';

/** The connector of a service. Throws `reference_not_found` with the nearest name. */
export function connectorFor(service: string): Connector {
  const connector = findConnector(service);
  if (connector !== undefined) return connector;
  const names = connectors.map(({ name }) => name);
  const guess = nearest(service, names);
  const hint = guess === undefined ? `there are: ${names.join(', ')}` : `did you mean '${guess}'?`;
  throw new HeadgateError('reference_not_found', `there is no connector '${service.slice(0, 100)}'`, {
    issues: [{ pointer: '/service', message: 'is no connector of the catalogue' }],
    hint,
  });
}

/** Whether its events are sent to Headgate, rather than read by it. */
export function takesEvents(connector: Connector): boolean {
  return connector.streaming === true && connector.streamSource === undefined;
}
