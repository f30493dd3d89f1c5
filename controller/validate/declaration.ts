import type { ErrorCodeName, ErrorRecord, Issue } from '../../foundation/errors.ts';
import { refKey } from '../../foundation/ids.ts';
import { isKind, refOf, type DestinationSpec, type PipelineSpec, type SourceSpec } from '../../crds/index.ts';
import { nearest } from '../../crds/nearest.ts';
import { normalizePipeline } from '../../crds/normalize.ts';
import type { ParsedResource } from '../../crds/parse.ts';
import { connectors, findConnector } from '../../runner/connectors/index.ts';
import type { Connector, DeclaredUse } from '../../runner/ports.ts';
import { checkSettings } from '../../runner/settings.ts';
import { streamIssues } from './stream-rules.ts';

type Role = 'source' | 'destination';

/**
 * What the resource's file alone cannot get past the schema but the catalogue knows to be wrong: unknown connectors,
 * settings, streams and modes. One record for each kind of problem of the resource, with the place of each issue.
 */
export function checkDeclaration(document: ParsedResource): ErrorRecord[] {
  const { resource } = document;
  const issues: Issue[] = [];
  if (isKind('Connection', resource)) {
    issues.push(...connectionIssues(resource.spec.connector, resource.spec.settings ?? {}));
  } else if (isKind('Pipeline', resource)) {
    const { source, sources, destination, destinations } = resource.spec;
    const endpoints: [Role, SourceSpec | DestinationSpec, string][] = [
      ...(source === undefined ? [] : [['source', source, '/spec/source'] as [Role, SourceSpec, string]]),
      ...(sources ?? []).map((each, index): [Role, SourceSpec, string] => ['source', each, `/spec/sources/${index}`]),
      ...(destination === undefined
        ? []
        : [['destination', destination, '/spec/destination'] as [Role, DestinationSpec, string]]),
      ...(destinations ?? []).map((each, index): [Role, DestinationSpec, string] => [
        'destination',
        each,
        `/spec/destinations/${index}`,
      ]),
    ];
    for (const [role, endpoint, pointer] of endpoints) issues.push(...endpointIssues(role, endpoint, pointer));
    issues.push(...unfitStream(resource.spec));
  }
  return recordsOf(document, issues);
}

/** Of a source that is a connection only the other file knows the connector: the reconciler looks at the rest. */
function unfitStream(spec: PipelineSpec): readonly Issue[] {
  const sources = [...(spec.source === undefined ? [] : [spec.source]), ...(spec.sources ?? [])];
  const streaming = sources.some(({ connector }) => findConnector(connector ?? '')?.streaming === true);
  return streaming ? streamIssues(normalizePipeline(spec)) : [];
}

function connectionIssues(name: string, settings: Readonly<Record<string, unknown>>): readonly Issue[] {
  const connector = findConnector(name);
  if (connector === undefined) return [unknownConnector(name, '/spec/connector')];
  return checkSettings(connector, settings, { pointer: '/spec/settings' }).issues;
}

function endpointIssues(role: Role, endpoint: SourceSpec | DestinationSpec, pointer: string): Issue[] {
  // Of a connection only the other file knows the connector; `checkTogether` looks at the rest.
  if (endpoint.connector === undefined) return [];
  const connector = findConnector(endpoint.connector);
  if (connector === undefined) return [unknownConnector(endpoint.connector, `${pointer}/connector`)];
  if (!hasFace(connector, role)) {
    return [
      {
        pointer: `${pointer}/connector`,
        code: 'invalid_resource',
        message: `connector ${connector.name} has no ${role}`,
      },
    ];
  }
  const { settings, issues } = checkSettings(connector, endpoint.settings ?? {}, { pointer: `${pointer}/settings` });
  const unfit = endpointFit(role, endpoint, connector, pointer);
  // The connector's own look takes what the schema promises for granted.
  const wrong = issues.length + unfit.length > 0 ? [] : (connector.validate?.(settings, useOf(role, endpoint)) ?? []);
  return [...issues, ...unfit, ...wrong.map((issue) => ({ ...issue, pointer: `${pointer}${issue.pointer}` }))];
}

/** A streaming connector without a face of its own is a source nevertheless: the API takes its events. */
export function hasFace(connector: Connector, role: Role): boolean {
  return connector[role] !== undefined || (role === 'source' && connector.streaming === true);
}

function useOf(role: Role, endpoint: SourceSpec | DestinationSpec): DeclaredUse {
  return {
    role,
    stream: endpoint.stream,
    query: 'query' in endpoint ? endpoint.query : undefined,
    mode: 'mode' in endpoint ? endpoint.mode : undefined,
  };
}

/** Whether stream, query and mode are what the connector can do. Used for connections too, once both sides are known. */
export function endpointFit(
  role: Role,
  endpoint: SourceSpec | DestinationSpec,
  connector: Connector,
  pointer: string,
): Issue[] {
  const issues: Issue[] = [];
  const stream = role === 'source' ? connector.sourceStream : connector.destinationStream;
  const query = 'query' in endpoint ? endpoint.query : undefined;
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
  const mode = 'mode' in endpoint ? endpoint.mode : undefined;
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

function unknownConnector(name: string, pointer: string): Issue {
  const near = nearest(
    name,
    connectors.map((connector) => connector.name),
  );
  return {
    pointer,
    code: 'reference_not_found',
    message: `there is no connector '${name}'`,
    hint:
      near === undefined
        ? `the catalogue has: ${connectors.map((connector) => connector.name).join(', ')}`
        : `did you mean '${near}'?`,
  };
}

function recordsOf(document: ParsedResource, issues: readonly Issue[]): ErrorRecord[] {
  const byCode = new Map<ErrorCodeName, Issue[]>();
  for (const issue of issues) {
    const code = issue.code ?? 'invalid_settings';
    const located = { ...issue, at: document.at(issue.pointer) };
    byCode.set(code, [...(byCode.get(code) ?? []), located]);
  }
  return [...byCode].map(([code, located]): ErrorRecord => {
    const first = located[0]!;
    return {
      code,
      message:
        `${refKey(refOf(document.resource))}: ${located.map((issue) => `${issue.pointer} ${issue.message}`).join('; ')}`.slice(
          0,
          2000,
        ),
      at: first.at!,
      ...(first.hint === undefined ? {} : { hint: first.hint }),
      issues: located,
    };
  });
}
