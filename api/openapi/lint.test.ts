import { createConfig, lintFromString } from '@redocly/openapi-core';
import { expect, test } from 'vitest';
import { createRoutes } from '../routes/index.ts';
import { PRESENTERS } from '../presenters/index.ts';
import { openApiDocument } from './document.ts';

/** `GET /` answers with a redirect and nothing else. */
const REDIRECT = '#/paths/~1/get/responses';

test('a linter for OpenAPI has nothing to say', { timeout: 30_000 }, async () => {
  const document = openApiDocument(createRoutes(PRESENTERS, '1.2.3'), PRESENTERS, '1.2.3');
  const config = await createConfig({
    extends: ['recommended-strict'],
    // `/pipelines/runs/{run_id}` beside `/pipelines/{id}/runs` is given; the more exact path is listed first and wins.
    rules: { 'no-ambiguous-paths': 'off' },
  });
  const problems = await lintFromString({ source: JSON.stringify(document), absoluteRef: '/openapi.json', config });
  const found = problems.map(({ ruleId, message, location }) => `${location[0]?.pointer}: ${ruleId}: ${message}`);
  expect(found.filter((line) => !line.startsWith(REDIRECT))).toEqual([]);
});
