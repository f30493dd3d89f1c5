/** JSON pointers (RFC 6901) and their form for people. */

/** `['spec', 'labels', 'a/b']` → `/spec/labels/a~1b` */
export function toPointer(path: readonly (string | number)[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** The inverse of `toPointer`. The empty pointer is the whole document. */
export function fromPointer(pointer: string): string[] {
  if (pointer === '') return [];
  return pointer
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** `/spec/transforms/1/rename` → `spec.transforms[1].rename` */
export function toPath(pointer: string): string {
  return fromPointer(pointer).reduce((path, part) => {
    if (/^\d+$/.test(part)) return `${path}[${part}]`;
    const name = /^[\w-]+$/.test(part) ? part : JSON.stringify(part.length > 64 ? `${part.slice(0, 61)}...` : part);
    return path === '' ? name : `${path}.${name}`;
  }, '');
}
