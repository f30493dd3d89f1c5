import { Type } from 'typebox';
import { Strict } from '../../crds/common.ts';
import { HeadgateError, messageOf } from '../../foundation/errors.ts';
import type { RouteDeps } from '../deps.ts';
import { Reply, route, type Route } from '../route.ts';

/** How long a look at the store may take before it counts as not ready, in milliseconds. */
const STORE_TIMEOUT_MS = 2000;

const healthz = route({
  id: 'healthz',
  method: 'GET',
  path: '/healthz',
  root: true,
  scope: null,
  tag: 'System',
  summary: 'Is the process alive?',
  answer: { form: 'object', schema: Strict({ status: Type.Literal('ok') }) },
  handler: () => ({ status: 'ok' as const }),
});

const readyz = route({
  id: 'readyz',
  method: 'GET',
  path: '/readyz',
  root: true,
  scope: null,
  tag: 'System',
  summary: 'Can it do its work?',
  description: '503 with the reasons while it starts or stops, and when the store or the controller does not work.',
  answer: { form: 'object', schema: Strict({ status: Type.Literal('ready') }) },
  errors: ['unavailable'],
  handler: async (_request, deps) => {
    const reasons = [...deps.controller.notReady(), ...(await storeTrouble(deps))];
    if (deps.closing.aborted) reasons.push('the server is stopping');
    if (reasons.length > 0) {
      throw new HeadgateError('unavailable', `not ready: ${reasons.join('; ')}`, {
        issues: reasons.map((message) => ({ pointer: '/', message })),
        retryAfter: 5,
      });
    }
    return { status: 'ready' as const };
  },
});

async function storeTrouble({ store }: RouteDeps): Promise<readonly string[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string[]>((resolve) => {
    timer = setTimeout(() => resolve(['the store does not answer']), STORE_TIMEOUT_MS);
  });
  const check = store.check().then(
    () => [],
    (error: unknown) => [`the store: ${messageOf(error)}`],
  );
  return Promise.race([check, late]).finally(() => clearTimeout(timer));
}

const version = route({
  id: 'version',
  method: 'GET',
  path: '/version',
  root: true,
  scope: null,
  tag: 'System',
  summary: 'What is running here?',
  answer: {
    form: 'object',
    schema: Strict({ name: Type.Literal('headgate'), version: Type.String(), environment: Type.String() }),
  },
  handler: (_request, deps) => ({ name: 'headgate' as const, version: deps.version, environment: deps.environment }),
});

const metrics = route({
  id: 'metrics',
  method: 'GET',
  path: '/metrics',
  root: true,
  scope: null,
  tag: 'System',
  summary: 'Metrics for Prometheus',
  description: 'Counts only: no names of pipelines, no secrets.',
  answer: { form: 'raw', content: { 'text/plain': 'The text format of Prometheus.' } },
  handler: async (_request, deps) => new Reply(deps.metrics.contentType, await deps.metrics.metrics()),
});

export const healthRoutes: readonly Route[] = [healthz, readyz, version, metrics];
