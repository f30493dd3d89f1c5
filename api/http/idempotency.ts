import { HeadgateError } from '../../foundation/errors.ts';
import type { RouteRequest } from '../route.ts';

const KEY = /^[\x21-\x7e]{1,255}$/;

/** The request's `Idempotency-Key`, or undefined. Throws `invalid_request` for one of an unusable form. */
export function idempotencyKey(request: Pick<RouteRequest, 'header'>): string | undefined {
  const key = request.header('idempotency-key');
  if (key !== undefined && !KEY.test(key)) {
    throw new HeadgateError('invalid_request', 'the Idempotency-Key is not usable', {
      hint: 'send 1 to 255 visible ASCII characters, such as a UUID',
    });
  }
  return key;
}
