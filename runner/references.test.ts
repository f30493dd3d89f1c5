import { describe, expect, test } from 'vitest';
import { Redactor } from './redactor.ts';
import { referencesIn, resolveDeep, type ReferenceSources } from './references.ts';

const redactor = new Redactor();
const sources: ReferenceSources = {
  variables: { REGION: 'eu' },
  env: { SHOP_PASSWORD: 'open sesame', HEADGATE_ADMIN_TOKEN: 'root', headgate_x: 'no', HEADGATE_VAR_A: 'a' },
  readFile: (path) =>
    path === '/run/key'
      ? Promise.resolve('from-a-file\n')
      : Promise.reject(Object.assign(new Error(), { code: 'ENOENT' })),
  onSecret: (value, shown) => redactor.add(value, shown),
};

describe('references', () => {
  test.each([
    ['x', 'x'],
    ['${var:REGION}', 'eu'],
    ['a ${var:REGION} b ${env:SHOP_PASSWORD} c', 'a eu b open sesame c'],
    ['${file:/run/key}', 'from-a-file'],
    ['$${var:REGION}', '${var:REGION}'],
    ['${env:HEADGATE_VAR_A}', 'a'],
    ['$REGION ${REGION} {var:REGION}', '$REGION ${REGION} {var:REGION}'],
  ])('resolves %s', async (text, expected) => {
    expect(await resolveDeep(text, sources, '/x')).toBe(expected);
  });

  test('resolves deep, and leaves keys and other values alone', async () => {
    const value = { '${var:REGION}': [1, null, { a: '${var:REGION}' }], b: true };
    expect(await resolveDeep(value, sources, '')).toEqual({ '${var:REGION}': [1, null, { a: 'eu' }], b: true });
  });

  test.each([
    ['${var:NOPE}', /variable NOPE is not declared/],
    ['${env:NOPE}', /NOPE is not set/],
    ['${env:HEADGATE_ADMIN_TOKEN}', /Headgate's own/],
    ['${env:headgate_x}', /Headgate's own/],
    ['${file:/run/other}', /cannot be read \(ENOENT\)/],
    ['${secret:db/url}', /was given no keys/],
    ['${secret:db}', /not of the form/],
    ['${vault:db}', /unknown kind of reference 'vault'/],
  ])('refuses %s and says where', async (text, message) => {
    await expect(resolveDeep({ a: [text] }, sources, '/spec')).rejects.toMatchObject({
      code: 'reference_not_found',
      message: expect.stringMatching(message) as string,
      at: '/spec/a/0',
    });
  });

  test('a resolved secret is shown as its reference', async () => {
    await resolveDeep('${env:SHOP_PASSWORD}', sources, '');
    expect(redactor.text('login with open sesame failed')).toBe('login with ${env:SHOP_PASSWORD} failed');
    expect(redactor.deep({ a: ['open sesame'], n: 1 })).toEqual({ a: ['${env:SHOP_PASSWORD}'], n: 1 });
  });

  test('finds references, without the escaped ones', () => {
    expect(referencesIn('${env:A} $${env:B} ${var:C}')).toEqual([
      { kind: 'env', name: 'A' },
      { kind: 'var', name: 'C' },
    ]);
  });
});

describe('redaction', () => {
  test('hides the password of a URL, encoded or not, and longer secrets first', () => {
    const redactor = new Redactor();
    redactor.add('postgres://ann:p%40ss(word@db/shop', '${env:URL}');
    redactor.add('p@ss', '${env:SHORT}');
    expect(redactor.text('password p@ss(word, p%40ss(word, p@ss')).toBe(
      'password ${env:URL}, ${env:URL}, ${env:SHORT}',
    );
    expect(redactor.text('postgres://ann:p%40ss(word@db/shop')).toBe('${env:URL}');
  });

  test('leaves very short values alone', () => {
    const redactor = new Redactor();
    redactor.add('a', '${env:A}');
    expect(redactor.text('banana')).toBe('banana');
  });
});
