/**
 * A small HTTP API over the earthquakes of the quickstart, for a machine without a network:
 * `/earthquakes?limit=&cursor=` pages through the week; `/feed?after=&limit=` replays it, one earthquake every two
 * seconds by the clock, so that there is always something new.
 */
import { readFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface EarthquakeApi {
  /** `http://127.0.0.1:port` */
  readonly url: string;
  close(): Promise<void>;
}

interface Feature {
  readonly id: string;
  readonly properties: { readonly mag: number; readonly place: string };
}

const FILE = new URL('quickstart/data/earthquakes.ndjson', import.meta.url);
const MAX_LIMIT = 500;
/** One entry of the feed appears every so many milliseconds. */
const FEED_EVERY_MS = 2000;
/** How far back the feed goes. */
const FEED_ENTRIES = 100;

/** Listens on a free port of the loopback. */
export async function startEarthquakeApi(clock: () => number): Promise<EarthquakeApi> {
  const features = (await readFile(FILE, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Feature);
  const server = createServer((request, response) => {
    request.resume();
    const url = new URL(request.url ?? '/', 'http://api');
    if (request.method !== 'GET') return send(response, 405, { error: 'only GET' });
    if (url.pathname === '/earthquakes') return page(response, url.searchParams, features);
    if (url.pathname === '/feed') return feed(response, url.searchParams, features, clock());
    send(response, 404, { error: 'no such path' });
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function page(response: ServerResponse, query: URLSearchParams, features: readonly Feature[]): void {
  const start = wholeNumber(query.get('cursor'), 0);
  const limit = wholeNumber(query.get('limit'), 100);
  if (start === null || limit === null) return send(response, 400, { error: '`cursor` and `limit` are whole numbers' });
  const end = start + Math.min(limit, MAX_LIMIT);
  send(response, 200, {
    type: 'FeatureCollection',
    features: features.slice(start, end),
    next: end < features.length ? String(end) : null,
  });
}

/** Entry n of the feed appears n * `FEED_EVERY_MS` after the epoch, so restarts neither repeat nor skip any. */
function feed(response: ServerResponse, query: URLSearchParams, features: readonly Feature[], now: number): void {
  const newest = Math.floor(now / FEED_EVERY_MS);
  const after = wholeNumber(query.get('cursor') ?? query.get('after'), 0);
  const limit = wholeNumber(query.get('limit'), 100);
  if (after === null || limit === null) return send(response, 400, { error: '`after` and `limit` are whole numbers' });
  const first = Math.max(after, newest - FEED_ENTRIES) + 1;
  const last = Math.min(newest, first + Math.min(limit, MAX_LIMIT) - 1);
  const entries = Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => {
    const sequence = first + index;
    const { id, properties } = features[sequence % features.length]!;
    const published_at = new Date(sequence * FEED_EVERY_MS).toISOString();
    return { sequence, published_at, id, magnitude: properties.mag, place: properties.place };
  });
  send(response, 200, { features: entries, next: last < newest ? String(last) : null });
}

/** Null for what is no whole number. */
function wholeNumber(text: string | null, fallback: number): number | null {
  if (text === null) return fallback;
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
