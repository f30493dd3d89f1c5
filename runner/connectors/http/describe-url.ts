/** `https://host/path` for messages. Query and user are left out, and so are long parts of the path: they may be keys. */
export function describeUrl(url: URL): string {
  const path = url.pathname
    .split('/')
    .map((part) => (part.length >= 20 || /^(?=.*\d)(?=.*[A-Z])\w{9,}$/.test(part) ? '…' : part))
    .join('/');
  return `${url.protocol}//${url.host}${path}`;
}
