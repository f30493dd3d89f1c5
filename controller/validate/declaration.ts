import type { ErrorCodeName, ErrorRecord, Issue } from '../../foundation/errors.ts';
import { refKey } from '../../foundation/ids.ts';
import {
  isKind,
  refOf,
  type DestinationSpec,
  type PipelineSpec,
  type Resource,
  type SourceSpec,
} from '../../crds/index.ts';
import { normalizePipeline } from '../../crds/normalize.ts';
import type { ParsedResource } from '../../crds/parse.ts';
import { manifestIssues } from '../../runner/connectors/declared/manifest.ts';
import { findConnector } from '../../runner/connectors/index.ts';
import { askedIssues, type Asked, type Role } from './asked.ts';
import { streamIssues } from './stream-rules.ts';

/**
 * What the resource's file alone cannot get past the schema but the catalogue knows to be wrong: settings, streams, modes,
 * and the expressions of manifests. A connector that is not in the catalogue may be declared in another file:
 * `checkTogether` looks at what `askedOf` says of it. One record for each kind of problem of the resource, with the place
 * of each issue.
 */
export function checkDeclaration(document: ParsedResource): ErrorRecord[] {
  const { resource } = document;
  const issues: Issue[] = [];
  for (const asked of askedOf(resource)) {
    const connector = findConnector(asked.connector);
    if (connector !== undefined) issues.push(...askedIssues(asked, connector));
  }
  if (isKind('Pipeline', resource)) issues.push(...unfitStream(resource.spec));
  if (isKind('Connector', resource)) issues.push(...connectorIssues(resource));
  return recordsOf(refKey(refOf(resource)), document.at, issues);
}

/** What a resource asks of connectors. Endpoints with a connection ask nothing: the connection does. */
export function askedOf(resource: Resource): readonly Asked[] {
  if (isKind('Connection', resource)) {
    const { connector, settings = {} } = resource.spec;
    return [{ connector, role: null, pointer: '/spec', settings }];
  }
  if (!isKind('Pipeline', resource)) return [];
  const { source, sources = [], destination, destinations = [] } = resource.spec;
  return [
    ...(source === undefined ? [] : endpointAsked('source', source, '/spec/source')),
    ...sources.flatMap((each, index) => endpointAsked('source', each, `/spec/sources/${index}`)),
    ...(destination === undefined ? [] : endpointAsked('destination', destination, '/spec/destination')),
    ...destinations.flatMap((each, index) => endpointAsked('destination', each, `/spec/destinations/${index}`)),
  ];
}

function endpointAsked(role: Role, endpoint: SourceSpec | DestinationSpec, pointer: string): Asked[] {
  const { connector, settings = {}, stream } = endpoint;
  if (connector === undefined) return [];
  return [
    {
      connector,
      role,
      pointer,
      settings,
      ...(stream === undefined ? {} : { stream }),
      ...('query' in endpoint && endpoint.query !== undefined ? { query: endpoint.query } : {}),
      ...('mode' in endpoint && endpoint.mode !== undefined ? { mode: endpoint.mode } : {}),
    },
  ];
}

/** Of a source that is a connection only the other file knows the connector: the reconciler looks at the rest. */
function unfitStream(spec: PipelineSpec): readonly Issue[] {
  const sources = [...(spec.source === undefined ? [] : [spec.source]), ...(spec.sources ?? [])];
  const streaming = sources.some(({ connector }) => findConnector(connector ?? '')?.streaming === true);
  return streaming ? streamIssues(normalizePipeline(spec)) : [];
}

function connectorIssues({ metadata: { name }, spec }: Resource<'Connector'>): readonly Issue[] {
  const issues = manifestIssues(spec);
  if (findConnector(name) === undefined) return issues;
  const message = `the catalogue has a connector '${name}' already`;
  return [{ pointer: '/metadata/name', code: 'invalid_resource', message, hint: 'choose another name' }, ...issues];
}

/** One record for each code among the issues of a resource; `placeOf` answers `file:line:column` of a pointer. */
export function recordsOf(key: string, placeOf: (pointer: string) => string, issues: readonly Issue[]): ErrorRecord[] {
  const byCode = new Map<ErrorCodeName, Issue[]>();
  for (const issue of issues) {
    const code = issue.code ?? 'invalid_settings';
    const located = { ...issue, at: placeOf(issue.pointer) };
    byCode.set(code, [...(byCode.get(code) ?? []), located]);
  }
  return [...byCode].map(([code, located]): ErrorRecord => {
    const first = located[0]!;
    return {
      code,
      message: `${key}: ${located.map((issue) => `${issue.pointer} ${issue.message}`).join('; ')}`.slice(0, 2000),
      at: first.at!,
      ...(first.hint === undefined ? {} : { hint: first.hint }),
      issues: located,
    };
  });
}
