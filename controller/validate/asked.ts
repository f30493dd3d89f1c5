/** What resources ask of connectors, and whether a connector can do it. */
import type { Issue } from '../../foundation/errors.ts';
import { nearest } from '../../crds/nearest.ts';
import type { WriteMode } from '../../crds/index.ts';
import { CATALOGUE_NAMES } from '../../runner/connectors/index.ts';
import type { Connector, DeclaredUse } from '../../runner/ports.ts';
import { checkSettings } from '../../runner/settings.ts';

export type Role = 'source' | 'destination';

/** How a resource uses a connector that it names. JSON. */
export interface Asked {
  readonly connector: string;
  /** Null for a Connection, which pipelines may use as either. */
  readonly role: Role | null;
  /** Where it stands in the resource: `/spec`, `/spec/sources/0`. */
  readonly pointer: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly stream?: string;
  readonly query?: string;
  readonly mode?: WriteMode;
}

/** What is wrong with it, with pointers into the resource. */
export function askedIssues(asked: Asked, connector: Connector): readonly Issue[] {
  const { role, pointer } = asked;
  if (role !== null && !hasFace(connector, role)) {
    const message = `connector ${connector.name} has no ${role}`;
    return [{ pointer: `${pointer}/connector`, code: 'invalid_resource', message }];
  }
  const { settings, issues } = checkSettings(connector, asked.settings, { pointer: `${pointer}/settings` });
  if (role === null) return issues;
  const unfit = endpointFit(role, asked, connector, pointer);
  // The connector's own look takes what the schema promises for granted.
  const wrong = issues.length + unfit.length > 0 ? [] : (connector.validate?.(settings, useOf(role, asked)) ?? []);
  return [...issues, ...unfit, ...wrong.map((issue) => ({ ...issue, pointer: `${pointer}${issue.pointer}` }))];
}

/** The issue of a connector that is neither in the catalogue nor among `declared`. */
export function unknownConnector({ connector, pointer }: Asked, declared: readonly string[] = []): Issue {
  const names = [...CATALOGUE_NAMES, ...declared];
  const near = nearest(connector, names);
  return {
    pointer: `${pointer}/connector`,
    code: 'reference_not_found',
    message: `there is no connector '${connector}'`,
    hint: near === undefined ? `there are: ${names.slice(0, 100).join(', ')}` : `did you mean '${near}'?`,
  };
}

/** A streaming connector without a face of its own is a source nevertheless: the API takes its events. */
export function hasFace(connector: Connector, role: Role): boolean {
  return connector[role] !== undefined || (role === 'source' && connector.streaming === true);
}

function useOf(role: Role, { stream, query, mode }: Asked): DeclaredUse {
  return { role, stream, query, mode };
}

/** Whether stream, query and mode are what the connector can do. Used for connections too, once both sides are known. */
export function endpointFit(
  role: Role,
  endpoint: Pick<Asked, 'stream' | 'query' | 'mode'>,
  connector: Connector,
  pointer: string,
): Issue[] {
  const issues: Issue[] = [];
  const { query, mode } = endpoint;
  const stream = role === 'source' ? connector.sourceStream : connector.destinationStream;
  if (stream?.required === true && endpoint.stream === undefined && query === undefined) {
    issues.push({
      pointer: `${pointer}/stream`,
      code: 'invalid_resource',
      message: `is missing: connector ${connector.name} needs to know which: ${stream.description}`,
      hint: `for example stream: ${stream.example}`,
    });
  }
  if (query !== undefined && connector.query !== true) {
    issues.push({
      pointer: `${pointer}/query`,
      code: 'invalid_resource',
      message: `connector ${connector.name} takes no query`,
    });
  }
  if (
    role === 'destination' &&
    mode !== undefined &&
    connector.modes !== undefined &&
    !connector.modes.includes(mode)
  ) {
    issues.push({
      pointer: `${pointer}/mode`,
      code: 'invalid_resource',
      message: `connector ${connector.name} cannot ${mode}`,
      hint: `it can: ${connector.modes.join(', ')}`,
    });
  }
  return issues;
}
