import type { Answer } from '../http/client.ts';

/** Bytes of an answer that are looked at. */
const MAX_BYTES = 4 * 1024 * 1024;

/** The whole body as text; null when it is longer than `maxBytes`, is not UTF-8, or breaks off. Never throws. */
export async function bodyText(answer: Answer, maxBytes: number = MAX_BYTES): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size > maxBytes) return null;
      chunks.push(chunk);
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    return null;
  } finally {
    answer.body.on('error', () => undefined).destroy();
  }
}

/** The JSON in a text; null for what is none. */
export function jsonOf(text: string | null): unknown {
  if (text === null) return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
