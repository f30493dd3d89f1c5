import { HeadgateError } from '../../../foundation/errors.ts';
import type { Auth } from './auth-settings.ts';

/** What a kind of authentication adds to every request. Header names are in lower case. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
}

/** Throws `invalid_settings` where a value cannot be sent; the value itself is never in the message. */
export function credentialsOf(auth: Auth | undefined): Credentials {
  if (auth?.bearer !== undefined) return header('authorization', `Bearer ${auth.bearer.token}`, 'auth.bearer.token');
  if (auth?.basic !== undefined) {
    const { username, password } = auth.basic;
    if (username.includes(':')) {
      throw new HeadgateError('invalid_settings', "'auth.basic.username' must not hold a colon (RFC 7617)");
    }
    return header('authorization', `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`, 'auth.basic');
  }
  if (auth?.apiKey !== undefined) {
    const { name, value } = auth.apiKey;
    return auth.apiKey.in === 'query'
      ? { headers: {}, query: { [name]: value } }
      : header(name, value, 'auth.apiKey.value');
  }
  if (auth?.header !== undefined) return header(auth.header.name, auth.header.value, 'auth.header.value');
  return { headers: {}, query: {} };
}

/** Settings' headers in lower case. Throws `invalid_settings` for what no HTTP message can carry. */
export function checkedHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const checked: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    Object.assign(checked, header(name, value, `headers.${name}`).headers);
  }
  return checked;
}

// What the client sets by itself; a second value would contradict it.
const RESERVED = new Set(['host', 'content-length', 'transfer-encoding', 'connection', 'accept-encoding', 'expect']);

function header(name: string, value: string, field: string): Credentials {
  // RFC 9110, 5.1 and 5.5.
  const why = !/^[-!#$%&'*+.^_`|~\w]+$/.test(name)
    ? 'has no valid header name'
    : RESERVED.has(name.toLowerCase())
      ? 'names a header that is set by the client itself'
      : /[^\t\x20-\x7e\x80-\xff]/.test(value)
        ? 'holds a character that a header cannot carry, such as a line break'
        : null;
  if (why !== null) throw new HeadgateError('invalid_settings', `'${field}' ${why}`);
  return { headers: { [name.toLowerCase()]: value }, query: {} };
}
