import { expect, it } from 'vitest';
import type { FlatPipeline } from './flat.ts';
import { flatPlaces } from './flat-places.ts';

const body = {
  name: 'x',
  batch_size: 5,
  schedule: '0 * * * *',
  config: {
    source: { name: 'postgres', config: { host: 'h' }, authentication: { params: { token: 't' } } },
    destinations: [
      'lake',
      { id: 'cn_1', settings: { path: 'p' } },
      { type: 'http', authentication: { params: { key: 'k' } } },
    ],
  },
} as unknown as FlatPipeline;

it.each([
  ['/metadata/name', '/name'],
  ['/spec/batch/size', '/batch_size'],
  ['/spec/schedule/cron', '/schedule'],
  ['/spec/source/stream', '/config/source/stream'],
  ['/spec/source/settings', '/config/source/config'],
  ['/spec/source/settings/host', '/config/source/config/host'],
  ['/spec/source/settings/token', '/config/source/authentication/params/token'],
  ['/spec/source/settings/port', '/config/source/config'],
  ['/spec/source/connector', '/config/source/name'],
  ['/spec/destinations/0/connection', '/config/destinations/0'],
  ['/spec/destinations/1/connection', '/config/destinations/1/id'],
  ['/spec/destinations/1/settings/path', '/config/destinations/1/settings/path'],
  ['/spec/destinations/2/settings/auth/apiKey/key', '/config/destinations/2/authentication/params/key'],
  ['/spec/destinations/2/settings/url', '/config/destinations/2/authentication'],
  ['/spec/destinations/3/settings/url', '/config/destinations/3/settings/url'],
  ['/spec/retry/attempts', '/retry/attempts'],
])('%s of the resource is %s of the body', (pointer, place) => {
  expect(flatPlaces(body)(pointer)).toBe(place);
});
