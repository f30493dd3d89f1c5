/** Reading answers within limits: as one text, or line by line. */
import { HeadgateError } from '../../../foundation/errors.ts';
import type { Answer } from './client.ts';
import { connectionError } from './connection-error.ts';
import { describeUrl } from './describe-url.ts';

export interface ReadLimits {
  /** Bytes of one document or one line. */
  readonly unitBytes: number;
  /** Bytes that all answers of the run may still have; reading takes from it. */
  readonly budget: { bytes: number };
  readonly signal: AbortSignal;
}

/** The whole body as text. Throws when it passes a limit, is not in its charset, or breaks off. */
export async function readText(answer: Answer, limits: ReadLimits): Promise<string> {
  let size = 0;
  let text = '';
  for await (const piece of decoded(answer, limits, (bytes) => (size += bytes))) {
    if (size > limits.unitBytes) throw tooLarge(answer, 'the answer', limits.unitBytes);
    text += piece;
  }
  return text;
}

/** The lines of the body, blank ones left out, without their ends. Throws as `readText` does. */
export async function* readLines(answer: Answer, limits: ReadLimits): AsyncGenerator<string> {
  let rest = '';
  for await (const piece of decoded(answer, limits, () => undefined)) {
    const lines = piece.split('\n');
    lines[0] = rest + lines[0]!;
    rest = lines.pop()!;
    // UTF-16 units are at most as many as bytes, so this never refuses what is within the limit.
    if (rest.length > limits.unitBytes) throw tooLarge(answer, 'a line of the answer', limits.unitBytes);
    for (const line of lines) {
      if (line.length > limits.unitBytes) throw tooLarge(answer, 'a line of the answer', limits.unitBytes);
      if (line.trim() !== '') yield line;
    }
  }
  if (rest.trim() !== '') yield rest;
}

async function* decoded(answer: Answer, limits: ReadLimits, count: (bytes: number) => void): AsyncGenerator<string> {
  const decoder = decoderOf(answer);
  try {
    for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
      count(chunk.length);
      limits.budget.bytes -= chunk.length;
      if (limits.budget.bytes < 0) {
        throw new HeadgateError('source_failed', `${describeUrl(answer.url)}: all answers together pass the limit`, {
          hint: 'raise `limits.totalBytes`, or read less',
        });
      }
      yield decode(answer, () => decoder.decode(chunk, { stream: true }));
    }
    yield decode(answer, () => decoder.decode());
  } catch (error) {
    if (error instanceof HeadgateError) throw error;
    throw connectionError(error, answer.method, answer.url, 'source_failed', limits.signal);
  }
}

function decoderOf(answer: Answer): InstanceType<typeof TextDecoder> {
  const header = String(answer.headers['content-type'] ?? '');
  const label = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(header)?.[1] ?? 'utf-8';
  try {
    return new TextDecoder(label, { fatal: true });
  } catch (cause) {
    answer.body.on('error', () => undefined).destroy();
    throw new HeadgateError('source_failed', `${describeUrl(answer.url)} answered in an unknown charset`, { cause });
  }
}

function decode(answer: Answer, work: () => string): string {
  try {
    return work();
  } catch (cause) {
    throw new HeadgateError('source_failed', `the answer of ${describeUrl(answer.url)} is not text in its charset`, {
      cause,
      hint: 'the server should name the charset in Content-Type; without one it is UTF-8',
    });
  }
}

function tooLarge(answer: Answer, what: string, bytes: number): HeadgateError {
  return new HeadgateError('source_failed', `${what} of ${describeUrl(answer.url)} is larger than ${bytes} bytes`, {
    hint: 'ask for smaller pages, or raise `limits.responseBytes`',
  });
}
