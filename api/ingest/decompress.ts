import { promisify } from 'node:util';
import { brotliDecompress, constants, gunzip, inflate, zstdDecompress } from 'node:zlib';
import { HeadgateError } from '../../foundation/errors.ts';
import type { Ticket } from './admission.ts';
import { bodyTooLarge } from './body.ts';

type Unpack = (bytes: Buffer, limit: number) => Promise<Buffer>;

const CODINGS: Readonly<Record<string, Unpack>> = {
  gzip: unpacker((bytes, maxOutputLength) => promisify(gunzip)(bytes, { maxOutputLength })),
  deflate: unpacker((bytes, maxOutputLength) => promisify(inflate)(bytes, { maxOutputLength })),
  br: unpacker((bytes, maxOutputLength) => promisify(brotliDecompress)(bytes, { maxOutputLength })),
  // A larger window than 16 MiB would take memory that no limit here counts.
  zstd: unpacker((bytes, maxOutputLength) =>
    promisify(zstdDecompress)(bytes, { maxOutputLength, params: { [constants.ZSTD_d_windowLogMax]: 24 } }),
  ),
};

/** Deflate makes at most about so many bytes of one; the others have no such bound. */
const DEFLATE_RATIO = 1032;

/** What undoes a `Content-Encoding`; undefined where there is none. Throws `unsupported_media_type`. */
export function codingOf(encoding: string | undefined): string | undefined {
  const name = encoding?.trim().toLowerCase();
  if (name === undefined || name === '' || name === 'identity') return undefined;
  if (Object.hasOwn(CODINGS, name)) return name;
  throw new HeadgateError('unsupported_media_type', `the body has the encoding '${name.slice(0, 40)}'`, {
    hint: `known ones: ${Object.keys(CODINGS).join(', ')}`,
  });
}

/**
 * Undoes a coding. What it may at most become counts on `ticket` while it is undone, and what it became afterwards. Throws
 * `payload_too_large` beyond `limit`, `invalid_request` for what cannot be undone.
 */
export async function decompress(coding: string, bytes: Buffer, ticket: Ticket, limit: number): Promise<Buffer> {
  const most = coding === 'br' || coding === 'zstd' ? limit : Math.min(limit, bytes.length * DEFLATE_RATIO);
  ticket.hold(most);
  const plain = await CODINGS[coding]!(bytes, limit);
  ticket.release(most - Math.min(most, plain.length));
  return plain;
}

function unpacker(unpack: Unpack): Unpack {
  return async (bytes, limit) => {
    try {
      return await unpack(bytes, limit);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw bodyTooLarge(limit);
      throw new HeadgateError('invalid_request', 'the body is not in the encoding that it claims', { cause });
    }
  };
}
