/** What a client is made of. All times are in milliseconds. */
export interface HeadgateOptions {
  /** The API token, or a function that answers it before each request. Left out: `HEADGATE_TOKEN` of the environment. */
  readonly token?: string | (() => string | Promise<string>) | undefined;
  /**
   * Where the server is, without `/v1`. Left out: `HEADGATE_SERVER` of the environment, else the origin of the page, else
   * `http://127.0.0.1:8080`.
   */
  readonly baseUrl?: string | undefined;
  /** How long one attempt of a request may take; 60,000 when left out. */
  readonly timeout?: number;
  /** How many times a request is repeated at most; 4 when left out, 0 for never. */
  readonly maxRetries?: number;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Stands in for the global `fetch`. */
  readonly fetch?: typeof fetch;
}

/** What holds for one request. */
export interface RequestOptions {
  /** Ends the request, and the waiting between attempts, with the reason of the signal. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds that one attempt may take. */
  readonly timeout?: number;
  readonly maxRetries?: number;
  /** For requests that take one; made up once for all attempts when left out. */
  readonly idempotencyKey?: string;
  /** Whether the request may be repeated when nobody knows what became of it; by its method and key when left out. */
  readonly repeatable?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What holds for a live stream. */
export interface StreamOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds without a sign of life after which the connection is taken for dead; 60,000 when left out. */
  readonly idleTimeout?: number;
  /** How many connections in a row may bring nothing before the stream gives up; 10 when left out. */
  readonly maxReconnects?: number;
  /** Where to go on: the `id` of the last event that was seen. */
  readonly lastEventId?: string;
  readonly headers?: Readonly<Record<string, string>>;
}
