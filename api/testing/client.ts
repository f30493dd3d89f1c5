import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

type Json = Record<string, unknown>;

/** A list under `/v1`. */
export interface ListBody<T> {
  readonly data: readonly T[];
  readonly has_more: boolean;
  readonly next_cursor: string | null;
  readonly meta: { readonly total?: number; readonly limit?: number; readonly page?: number };
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as what the test expects of it; it was held against the document before. */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- a cast that reads well in tests
  body<T = Json>(): T;
}

export interface CallOptions {
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

export interface Client {
  readonly url: string;
  readonly token: string;
  /** Calls the server, and fails unless the answer is one that the served OpenAPI document describes. */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
}

/** A client that holds every JSON answer against the OpenAPI document of the server it talks to. */
export function createClient(url: string, token: string): Client {
  let contract: Promise<Contract> | undefined;
  const client: Client = {
    url,
    token,
    async call(method, path, { body, headers = {} } = {}) {
      const isText = typeof body === 'string' || body instanceof Uint8Array;
      const response = await fetch(`${url}${path}`, {
        method,
        redirect: 'manual',
        headers: {
          ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined || isText ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      const type = response.headers.get('content-type') ?? '';
      const json: unknown = type.includes('json') && text !== '' ? JSON.parse(text) : undefined;
      (await (contract ??= loadContract(url))).check(method, path, response.status, type, json);
      return { status: response.status, headers: response.headers, text, body: () => json as never };
    },
    get: (path, headers) => client.call('GET', path, { headers }),
    post: (path, body, headers) => client.call('POST', path, { body, headers }),
  };
  return client;
}

interface Contract {
  check(method: string, path: string, status: number, type: string, json: unknown): void;
}

async function loadContract(url: string): Promise<Contract> {
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as Json;
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema(document, 'openapi');
  const paths = document['paths'] as Record<string, Record<string, { responses: Record<string, Json> }>>;
  const validators = new Map<string, ValidateFunction>();
  const templates = Object.keys(paths).map((path) => ({
    path,
    // Literal paths first: `/runs/timeline` is not a run.
    rank: path.split('{').length,
    pattern: new RegExp(`^${path.replaceAll(/\{[a-z_]+\}/g, '[^/]+')}/?$`),
  }));
  templates.sort((a, b) => a.rank - b.rank);

  return {
    check(method, path, status, type, json) {
      const template = templates.find(({ pattern }) => pattern.test(path.split('?')[0]!));
      const operation = template === undefined ? undefined : paths[template.path]![method.toLowerCase()];
      if (template === undefined || operation === undefined) return;
      const where = `${method} ${template.path} ${status}`;
      const described = operation.responses[status] as { content?: Json } | undefined;
      if (described === undefined && status !== 206 && status !== 304) throw new Error(`${where} is not described`);
      if (json === undefined) return;
      const media = type.split(';')[0]!;
      if (described?.content?.[media] === undefined) throw new Error(`${where}: ${media} is not described`);
      const part = (text: string): string => encodeURIComponent(text.replaceAll('~', '~0').replaceAll('/', '~1'));
      const pointer = [
        'paths',
        template.path,
        method.toLowerCase(),
        'responses',
        String(status),
        'content',
        media,
        'schema',
      ];
      const ref = `openapi#/${pointer.map(part).join('/')}`;
      const validate = validators.get(ref) ?? ajv.compile({ $ref: ref });
      validators.set(ref, validate);
      if (!validate(json)) throw new Error(`${where} does not fit: ${ajv.errorsText(validate.errors)}`);
    },
  };
}
