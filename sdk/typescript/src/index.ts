/** The client of Headgate, a GitOps controller for data pipelines. */
export { Headgate } from './client.ts';
export {
  ApiError,
  AuthenticationError,
  ConflictError,
  ConnectionError,
  HeadgateError,
  InvalidRequestError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
  ServerError,
  TimeoutError,
  type Issue,
} from './errors.ts';
export { List, type Page } from './list.ts';
export type { HeadgateOptions, RequestOptions, StreamOptions } from './options.ts';
export { WaitTimeoutError, type RunHandle, type WaitOptions } from './runs.ts';
export type { ServerEvent } from './stream.ts';
export type * from './gen/models.gen.ts';
