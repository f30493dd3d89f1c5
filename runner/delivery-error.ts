import { HeadgateError, type ErrorCodeName, type ErrorOptions } from '../foundation/errors.ts';

/** What was sent and what was answered, for the record of attempts: not yet cut or redacted. Never part of a message. */
export interface Excerpts {
  readonly request?: string;
  readonly response?: string;
}

/** A `StreamWriter.write` that failed as a whole, with what it sent and got. */
export class DeliveryError extends HeadgateError {
  readonly request: string | undefined;
  readonly response: string | undefined;

  constructor(code: ErrorCodeName, message: string, options: ErrorOptions & Excerpts = {}) {
    super(code, message, options);
    this.request = options.request;
    this.response = options.response;
  }
}
