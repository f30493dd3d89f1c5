/** Names of resources made from names for people. */

/** Of a resource's name: a label of RFC 1123, as Kubernetes asks. */
const MAX_NAME = 63;
/** Letters that decomposition (NFKD) leaves as they are. */
const LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ł: 'l',
  ı: 'i',
};

/** `Klaviyo Marketing (EU)` as `klaviyo-marketing-eu`; null when no letter or digit of ASCII is left. */
export function slugOf(title: string): string | null {
  const plain = title
    .toLowerCase()
    .replaceAll(/[ßæœøđðþłı]/g, (letter) => LETTERS[letter]!)
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/['’]/g, '')
    .replaceAll(/[^a-z0-9]+/g, '-');
  const slug = plain.replace(/^-/, '').slice(0, MAX_NAME).replace(/-$/, '');
  return slug === '' ? null : slug;
}

/** The name, or the first of `name-2`, `name-3`, … that is not taken. */
export function freeName(name: string, taken: (name: string) => boolean): string {
  if (!taken(name)) return name;
  for (let count = 2; ; count++) {
    const suffix = `-${count}`;
    const next = `${name.slice(0, MAX_NAME - suffix.length).replace(/-$/, '')}${suffix}`;
    if (!taken(next)) return next;
  }
}
