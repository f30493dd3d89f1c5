import { expect, test } from 'vitest';
import { errorView } from './error.ts';

test.each([
  ['pipelines/a.yaml:7:3', 'pipelines/a.yaml', 7, 3],
  ['a.yml:7', 'a.yml', 7, null],
  ['request:5:3', 'request', 5, 3],
  ['odd:name.json:1:2', 'odd:name.json', 1, 2],
  ['/spec/source', null, null, null],
  ['https://host:8080', null, null, null],
  [undefined, null, null, null],
])('%s', (at, file, line, column) => {
  expect(errorView({ code: 'invalid_resource', message: 'm', at })).toMatchObject({ file, line, column });
});
