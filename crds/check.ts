import type { Kind } from '../foundation/ids.ts';
import { checkPipeline } from './check-pipeline.ts';
import { checkConnector } from './check-connector.ts';
import type { ConnectionSpec } from './connection.ts';
import type { SpecOf } from './index.ts';
import type { Problem } from './issues.ts';
import type { RepositorySpec } from './repository.ts';

/** What no schema can say about the spec of a kind. The spec is valid by its schema. */
export function checkSpec(kind: Kind, spec: SpecOf<Kind>): Problem[] {
  switch (kind) {
    case 'Pipeline':
      return checkPipeline(spec as SpecOf<'Pipeline'>);
    case 'Connection':
      return checkConnection(spec as ConnectionSpec);
    case 'Connector':
      return checkConnector(spec as SpecOf<'Connector'>);
    case 'Repository':
      return checkRepository(spec as RepositorySpec);
    case 'Run':
      return [];
  }
}

function checkConnection(spec: ConnectionSpec): Problem[] {
  const types = (spec.synchronizations ?? []).map((item) => item.eventType);
  return types.flatMap((type, index): Problem[] => {
    const first = types.indexOf(type);
    if (first === index) return [];
    const pointer = `/spec/synchronizations/${index}/eventType`;
    return [{ pointer, message: `stands already in synchronizations[${first}]`, side: 'value' }];
  });
}

const REFERENCE = /^\$\{(env|file|secret):[^}]+\}$/;

function checkRepository(spec: RepositorySpec): Problem[] {
  const problems: Problem[] = [];
  if (spec.path !== undefined && (spec.path.startsWith('/') || spec.path.split('/').includes('..'))) {
    problems.push({ pointer: '/spec/path', message: 'must be a folder inside the repository', side: 'value' });
  }
  const secrets: readonly (readonly [pointer: string, value: string | undefined])[] = [
    ['/spec/credentials/password', spec.credentials?.password],
    ['/spec/credentials/sshKey', spec.credentials?.sshKey],
    ['/spec/pullRequests/token', spec.pullRequests?.token],
    ['/spec/webhook/secret', spec.webhook?.secret],
  ];
  for (const [pointer, value] of secrets) {
    if (value === undefined || REFERENCE.test(value)) continue;
    problems.push({
      pointer,
      message: 'must be a reference: a secret in plain text would stay in Git for ever',
      code: 'literal_secret',
      hint: 'write ${env:NAME}, ${file:/path} or ${secret:name/key}',
      side: 'value',
    });
  }
  return problems;
}
