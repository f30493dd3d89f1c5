/** Ways for the test server to answer: well, slowly, wrongly, too much, or not at all. */
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import type { Behaviour, SeenRequest } from './http.ts';

type Headers = Record<string, string>;
type Json = unknown;

export const text =
  (body: string | Buffer, headers: Headers = {}, status = 200): Behaviour =>
  (_request, response) =>
    void response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers }).end(body);

export const json = (value: Json, headers: Headers = {}, status = 200): Behaviour =>
  text(JSON.stringify(value), { 'content-type': 'application/json', ...headers }, status);

export const ndjson = (rows: readonly Json[]): Behaviour =>
  text(rows.map((row) => `${JSON.stringify(row)}\n`).join(''), { 'content-type': 'application/x-ndjson' });

export const redirect = (location: string, status = 302): Behaviour => text('', { location }, status);

/** One behaviour per request, in order; the last one goes on for ever. */
export function inTurn(...behaviours: readonly Behaviour[]): Behaviour {
  let count = 0;
  return (request, response) => behaviours[Math.min(count++, behaviours.length - 1)]!(request, response);
}

/** 401 with the request's own headers in the body, unless the request is as it should be. */
export const onlyIf =
  (allowed: (request: SeenRequest) => boolean, behaviour: Behaviour): Behaviour =>
  (request, response) =>
    allowed(request) ? behaviour(request, response) : json({ sent: request.headers }, {}, 401)(request, response);

/** Never answers. */
export const silence = (): Behaviour => () => undefined;

/** Headers and the beginning of a body, then nothing more, for as long as the client stays. */
export const stall =
  (beginning: string, headers: Headers = { 'content-type': 'application/json' }): Behaviour =>
  (_request, response) =>
    void response.writeHead(200, headers).write(beginning);

/** The beginning of a body, then the connection breaks. */
export const breakOff =
  (beginning: string, headers: Headers = { 'content-type': 'application/json' }): Behaviour =>
  (_request, response) => {
    response.writeHead(200, { 'content-length': '1000000', ...headers });
    response.write(beginning, () => response.socket?.resetAndDestroy());
  };

/** Accepts the request and resets the connection without a word. */
export const reset = (): Behaviour => (_request, response) => void response.socket?.resetAndDestroy();

/** `chunk` again and again, `bytes` in all, as fast as the client reads. `sent` counts. */
export function flood(chunk: string, bytes: number, headers: Headers): { behaviour: Behaviour; sent: () => number } {
  let sent = 0;
  const behaviour: Behaviour = (_request, response) => {
    response.writeHead(200, headers);
    const pump = (): void => {
      while (sent < bytes) {
        sent += chunk.length;
        if (!response.write(chunk)) return void response.once('drain', pump);
      }
      response.end();
    };
    pump();
  };
  return { behaviour, sent: () => sent };
}

const ENCODERS = { gzip: gzipSync, br: brotliCompressSync, deflate: deflateSync, zstd: zstdCompressSync };
export type Encoding = keyof typeof ENCODERS;

export const encoded = (encoding: Encoding, body: string): Behaviour =>
  text(ENCODERS[encoding](body), { 'content-encoding': encoding, 'content-type': 'application/json' });

/** Rows in pages, however the API words it. */
export const paged = {
  page:
    (rows: readonly Json[], size: number, first = 1): Behaviour =>
    (request, response) => {
      const at = (Number(request.query.get('page') ?? first) - first) * size;
      return json(rows.slice(at, at + size))(request, response);
    },
  offset:
    (rows: readonly Json[], cap: number): Behaviour =>
    (request, response) => {
      const at = Number(request.query.get('offset') ?? 0);
      return json({ items: rows.slice(at, at + cap), total: rows.length })(request, response);
    },
  cursor:
    (rows: readonly Json[], size: number): Behaviour =>
    (request, response) => {
      const at = Number((request.query.get('cursor') ?? 'c0').slice(1));
      const next = at + size < rows.length ? `c${at + size}` : null;
      return json({ data: rows.slice(at, at + size), meta: { next } })(request, response);
    },
  next:
    (rows: readonly Json[], size: number): Behaviour =>
    (request, response) => {
      const at = Number(request.query.get('from') ?? 0);
      const next = at + size < rows.length ? `${request.path}?from=${at + size}` : null;
      return json({ data: rows.slice(at, at + size), links: { next } })(request, response);
    },
  link:
    (rows: readonly Json[], size: number): Behaviour =>
    (request, response) => {
      const at = Number(request.query.get('from') ?? 0);
      const more = at + size < rows.length;
      const link = `<${request.path}?from=0>; rel="first"${more ? `, <${request.path}?from=${at + size}>; rel="next"` : ''}`;
      return json(rows.slice(at, at + size), { link })(request, response);
    },
};

/** Keeps the records that are sent (array, NDJSON, one object, or an array in `records`) and lists them for a GET. */
export function collection(): Behaviour {
  const records: string[] = [];
  return (request, response) => {
    if (request.method === 'GET') {
      return text(`[${records.join(',')}]`, { 'content-type': 'application/json' })(request, response);
    }
    records.push(...recordTexts(request));
    return text('', {}, 204)(request, response);
  };
}

// Records stay text, so that numbers keep the digits they came with.
function recordTexts({ body, headers }: SeenRequest): readonly string[] {
  if (headers['content-type'] === 'application/x-ndjson') return body.split('\n').filter((line) => line !== '');
  const inner = body.startsWith('[') ? body.slice(1, -1) : body;
  return inner === '' ? [] : [inner];
}
