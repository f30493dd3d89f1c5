import type { Answer } from './client.ts';

/** Bytes of an answer that are kept for the record of attempts. */
const KEPT_BYTES = 2048;
/** Bytes that are read to their end, so that the connection can be used again. */
const READ_BYTES = 64 * 1024;

/** Status and the beginning of the body, for the record of attempts. Never throws: the status has said what matters. */
export async function excerptOf(answer: Answer): Promise<string> {
  const kept: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
      if (size < KEPT_BYTES) kept.push(chunk.subarray(0, KEPT_BYTES - size));
      size += chunk.length;
      if (size > READ_BYTES) break;
    }
  } catch {
    // It broke off or took too long: what came is shown.
  }
  const text = Buffer.concat(kept)
    .toString('utf8')
    .replaceAll(/[^\P{Cc}\n\t]/gu, '\uFFFD');
  return text === '' ? String(answer.status) : `${answer.status} ${text}`;
}
