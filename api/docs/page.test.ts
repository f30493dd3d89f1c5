import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ERROR_CODES } from '../../foundation/errors.ts';
import { createClient } from '../testing/client.ts';
import { startTestApi, type TestApi } from '../testing/harness.ts';

let t: TestApi;
beforeAll(async () => {
  t = await startTestApi();
});
afterAll(() => t.close());

const page = async (path: string): Promise<{ html: string; policy: string }> => {
  const answer = await createClient(t.api.url, '').get(path);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  return { html: answer.text, policy: answer.headers.get('content-security-policy') ?? '' };
};

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

test('the page holds every operation once, and a link to each', async () => {
  const { html } = await page('/docs');
  const { paths } = (await t.client.get('/openapi.json')).body<{ paths: Record<string, Record<string, object>> }>();
  const ids = Object.values(paths).flatMap((methods) =>
    Object.values(methods)
      .filter((operation) => !('x-alias-of' in operation))
      .map((operation) => (operation as { operationId: string }).operationId),
  );
  expect(ids.length).toBeGreaterThan(20);
  for (const id of ids) {
    expect(html.split(`<section id="${id}"`)).toHaveLength(2);
    expect(html.split(`href="#${id}"`)).toHaveLength(2);
  }
  for (const path of Object.keys(paths)) expect(html).toContain(path);
});

test('the page loads nothing from elsewhere, and its policy lets its own parts through', async () => {
  const { html, policy } = await page('/docs');
  expect(html).not.toMatch(/(src|href)="(https?:)?\/\//);
  const [, style] = /<style>([^]*?)<\/style>/.exec(html)!;
  const [, script] = /<script>([^]*?)<\/script>/.exec(html)!;
  expect(policy).toContain(hashOf(style!));
  expect(policy).toContain(hashOf(script!));
  expect(policy).not.toContain('unsafe');
  expect(html).not.toMatch(/ (style|on[a-z]+)="/);
});

test('every error code has its page', async () => {
  for (const code of Object.keys(ERROR_CODES)) {
    const { html } = await page(`/docs/errors/${code}`);
    expect(html).toContain(`<code>${code}</code>`);
  }
});

test('the root leads to the docs', async () => {
  const answer = await createClient(t.api.url, '').get('/');
  expect([answer.status, answer.headers.get('location')]).toEqual([302, '/docs']);
});
