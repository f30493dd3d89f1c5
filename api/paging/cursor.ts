import { createHmac, timingSafeEqual } from 'node:crypto';
import { HeadgateError } from '../../foundation/errors.ts';
import { contentHash } from '../../foundation/ids.ts';

/** Where a list goes on: the sort key of the last item that was shown. */
export type CursorKey = Readonly<Record<string, string | number>>;

/**
 * Makes and reads opaque cursors. A cursor is bound to its list and filters: with others it is refused, since it would
 * show a mixture.
 */
export interface Cursors {
  encode(list: string, filters: unknown, key: CursorKey): string;
  /** Throws `invalid_request` for anything that `encode` did not make for this list and these filters. */
  decode(list: string, filters: unknown, cursor: string): CursorKey;
}

const MAC_BYTES = 16;

/** Cursors signed with HMAC-SHA256 under `secret`, cut to 128 bits (RFC 2104, section 5). */
export function createCursors(secret: string): Cursors {
  const sign = (payload: string, list: string, filters: unknown): Buffer =>
    createHmac('sha256', secret)
      .update(`${list}\n${contentHash(filters)}\n${payload}`)
      .digest()
      .subarray(0, MAC_BYTES);

  return {
    encode(list, filters, key) {
      const payload = JSON.stringify(key);
      return Buffer.concat([sign(payload, list, filters), Buffer.from(payload)]).toString('base64url');
    },
    decode(list, filters, cursor) {
      const bytes = Buffer.from(cursor, 'base64url');
      const payload = bytes.subarray(MAC_BYTES).toString();
      const mac = bytes.subarray(0, MAC_BYTES);
      if (mac.length !== MAC_BYTES || !timingSafeEqual(mac, sign(payload, list, filters))) {
        throw new HeadgateError('invalid_request', 'the cursor does not belong to this list', {
          issues: [{ pointer: '/query/cursor', message: 'is not a cursor of this list with these filters' }],
          hint: 'pass `next_cursor` of the answer before, unchanged and with the same filters',
        });
      }
      return JSON.parse(payload) as CursorKey;
    },
  };
}
