import type { IncomingMessage } from 'node:http';
import { HeadgateError, messageOf } from '../../foundation/errors.ts';
import { createGather } from './gather.ts';
import { refuseHeavyJson, refuseHeavyYaml } from './weight.ts';
import { yamlValue } from './yaml.ts';

export interface BodyLimits {
  readonly bodyBytes: number;
  readonly bodyTimeoutMs: number;
}

export type BodyFormat = 'json' | 'yaml';

/**
 * The text of a body, or null when there is none. Throws `payload_too_large` as soon as the limit is known to be passed,
 * `request_timeout` when it does not arrive in time, and `unsupported_media_type` for encodings other than UTF-8.
 */
export async function readText(request: IncomingMessage, limits: BodyLimits): Promise<string | null> {
  const bytes = await readBytes(request, limits);
  if (bytes.length === 0) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new HeadgateError('invalid_request', 'the body is not UTF-8 text', { hint: 'send UTF-8' });
  }
}

/** The bytes of a body. Throws as `readText` does. */
export async function readBytes(request: IncomingMessage, limits: BodyLimits): Promise<Buffer> {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    throw new HeadgateError('unsupported_media_type', `the body has the encoding '${encoding.slice(0, 40)}'`, {
      hint: 'send it uncompressed',
    });
  }
  if (Number(request.headers['content-length'] ?? 0) > limits.bodyBytes) throw tooLarge(limits);
  return collect(request, limits);
}

function collect(request: IncomingMessage, limits: BodyLimits): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const gather = createGather();
    let size = 0;
    const settle = (error: Error | null): void => {
      clearTimeout(timer);
      request.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone);
      if (error === null) return resolve(gather.bytes());
      request.pause();
      reject(error);
    };
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > limits.bodyBytes) return settle(tooLarge(limits));
      gather.add(chunk);
    };
    const onEnd = (): void => settle(null);
    const onGone = (): void =>
      settle(new HeadgateError('invalid_request', 'the connection ended before the body was complete'));
    const timer = setTimeout(() => {
      const message = `the body did not arrive within ${limits.bodyTimeoutMs / 1000} s`;
      settle(new HeadgateError('request_timeout', message, { retryable: true }));
    }, limits.bodyTimeoutMs);
    request.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone);
  });
}

function tooLarge(limits: BodyLimits): HeadgateError {
  return new HeadgateError('payload_too_large', `the body is over ${limits.bodyBytes} bytes`);
}

/** JSON or YAML, by `Content-Type`. Throws `unsupported_media_type` for anything else, or another charset than UTF-8. */
export function bodyFormat(contentType: string | undefined): BodyFormat {
  const [type = '', ...parameters] = (contentType ?? '')
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  const charset = parameters
    .find((parameter) => parameter.startsWith('charset='))
    ?.slice(8)
    .replaceAll('"', '');
  if (charset === undefined || charset === 'utf-8' || charset === 'utf8' || charset === 'us-ascii') {
    if (type === 'application/json' || type.endsWith('+json')) return 'json';
    if (/^(application|text)\/(x-)?yaml$/.test(type) || type.endsWith('+yaml')) return 'yaml';
  }
  const given =
    contentType === undefined ? 'the body has no Content-Type' : `'${contentType.slice(0, 100)}' is not taken`;
  throw new HeadgateError('unsupported_media_type', given);
}

/** The value of a body of one document. Throws `invalid_request` or `invalid_yaml` with line and column. */
export function parseBody(text: string, format: BodyFormat): unknown {
  if (format === 'yaml') {
    const read = yamlValue(text);
    if (read.documents === 1) return read.value;
    throw new HeadgateError('invalid_yaml', 'the body holds several YAML documents', { hint: 'send one' });
  }
  refuseHeavyJson(text);
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new HeadgateError('invalid_request', `the body is not JSON: ${messageOf(error).slice(0, 200)}`);
  }
}

/**
 * The value of a body that is a request object, or undefined when it holds resource documents: several documents, a list,
 * or an object with a `kind`.
 */
export function requestObject(text: string, format: BodyFormat): unknown {
  // Documents are read as YAML also where they are JSON.
  refuseHeavyYaml(text);
  const read = format === 'yaml' ? yamlValue(text) : ({ documents: 1, value: parseBody(text, format) } as const);
  if (read.documents !== 1) return undefined;
  const { value } = read;
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject && !('kind' in value) && !('apiVersion' in value) ? value : undefined;
}
