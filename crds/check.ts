import type { Kind } from '../foundation/ids.ts';
import { checkPipeline } from './check-pipeline.ts';
import { checkConnector } from './check-connector.ts';
import type { ConnectionSpec } from './connection.ts';
import type { SpecOf } from './index.ts';
import type { Problem } from './issues.ts';
import { valueProblem } from './problems.ts';
import type { RepositorySpec } from './repository.ts';
import type { RunSpec } from './run.ts';
import { parseDuration } from '../foundation/time.ts';

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
      return checkRun(spec as RunSpec);
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

const LONGEST_TTL = 3650 * 86_400_000;

function checkRun({ ttl }: RunSpec): Problem[] {
  if (ttl === undefined || parseDuration(ttl) <= LONGEST_TTL) return [];
  return [valueProblem('/spec/ttl', 'must not be longer than 3650d')];
}

/** `scheme://user:password@…`, and for https any user at all. */
const CREDENTIALS = [/^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#@]*:[^/?#]*@/, /^https:\/\/[^/?#]*@/i];

/** What no installation accepts; the rest of the policy is the operator's (controller/git/url.ts). */
function checkUrl(url: string): Problem[] {
  const code = 'git_url_refused';
  if (url.startsWith('-') || url.includes('::')) {
    return [valueProblem('/spec/url', 'must not begin with a dash or name a remote helper', { code })];
  }
  if (!CREDENTIALS.some((pattern) => pattern.test(url))) return [];
  return [
    valueProblem('/spec/url', 'must hold no credentials', {
      code,
      hint: 'put them into `spec.credentials` by reference',
    }),
  ];
}

const REFERENCE = /^\$\{(env|file|secret):[^}]+\}$/;

function checkRepository(spec: RepositorySpec): Problem[] {
  const problems = checkUrl(spec.url);
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
